// Off the chart.
import { Link, useLocation } from 'react-router-dom'
import { Card } from '../components'
import { useTitle } from '../hooks'

export default function NotFound() {
  useTitle('Off the chart')
  const { pathname } = useLocation()
  return (
    <Card title="Off the chart" className="not-found">
      <p>
        Nothing lies at <code>{pathname}</code>. <Link to="/">Back to harbour</Link>
      </p>
    </Card>
  )
}
