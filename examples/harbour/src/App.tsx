// The routes.
import { lazy, Suspense } from 'react'
import { Route, Routes } from 'react-router-dom'
import { Loading, Shell } from './components'
import { About, BerthDetail, BerthList, Berths, Home, LogBook, NotFound, Trouble } from './pages'

const Tides = lazy(() => import('./pages/Tides'))

export default function App() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<Home />} />
        <Route path="berths" element={<Berths />}>
          <Route index element={<BerthList />} />
          <Route path=":berthId" element={<BerthDetail />} />
        </Route>
        <Route
          path="tides"
          element={
            <Suspense fallback={<Loading what="the tide tables" />}>
              <Tides />
            </Suspense>
          }
        />
        <Route path="log" element={<LogBook />} />
        <Route path="about" element={<About />} />
        <Route path="trouble" element={<Trouble />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  )
}
