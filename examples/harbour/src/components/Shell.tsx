// What every page has around it.
import { Outlet } from 'react-router-dom'
import { Footer } from './Footer'
import { Header } from './Header'

export function Shell() {
  return (
    <div className="shell">
      <Header />
      <main className="page">
        <Outlet />
      </main>
      <Footer />
    </div>
  )
}
