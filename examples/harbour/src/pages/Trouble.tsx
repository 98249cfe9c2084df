// Errors on request: in an event handler, and in rendering.
import { Button, Card, ErrorBoundary, Leak } from '../components'
import { useTitle } from '../hooks'
import { fireFlare } from '../lib'

export default function Trouble() {
  useTitle('Trouble')
  return (
    <Card title="Trouble on the water">
      <p>These buttons fail on purpose.</p>
      <div className="actions">
        <Button kind="danger" onClick={() => fireFlare('red')}>
          Throw in an event handler
        </Button>
        <ErrorBoundary>
          <Leak />
        </ErrorBoundary>
      </div>
    </Card>
  )
}
