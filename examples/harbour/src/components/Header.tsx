// The banner with the navigation and the number of favourites.
import { Link } from 'react-router-dom'
import anchor from '../assets/anchor.svg'
import { useHarbour } from '../store'
import { Badge } from './Badge'
import { Nav } from './Nav'

export function Header() {
  const { state } = useHarbour()
  return (
    <header className="header">
      <Link to="/" className="brand">
        <img src={anchor} width={32} height={32} alt="" />
        <span>{import.meta.env.VITE_HARBOUR_NAME ?? 'Harbour'}</span>
      </Link>
      <Nav />
      <Badge tone="signal" label="Favourites">
        ★ {state.favourites.size}
      </Badge>
    </header>
  )
}
