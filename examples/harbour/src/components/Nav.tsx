// The links to all pages.
import { NavLink } from 'react-router-dom'
import { pages, type PageName } from '../data'

export function Nav() {
  return (
    <nav className="nav" aria-label="Pages">
      {(Object.keys(pages) as PageName[]).map((name) => (
        <NavLink key={name} to={pages[name].to} end={name === 'home'}>
          {pages[name].label}
        </NavLink>
      ))}
    </nav>
  )
}
