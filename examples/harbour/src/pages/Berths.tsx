// The berths: a filter, and the nested page beside it.
import { Outlet } from 'react-router-dom'
import { BerthFilter } from '../components'
import { useTitle } from '../hooks'

export default function Berths() {
  useTitle('Berths')
  return (
    <div className="split">
      <aside>
        <h1>Berths</h1>
        <BerthFilter />
      </aside>
      <Outlet />
    </div>
  )
}
