// The log book, to be read, written and exported.
import { useState } from 'react'
import { Button, Card, List, LogForm, LogLine } from '../components'
import { useTitle } from '../hooks'
import { plural } from '../lib'
import { useHarbour } from '../store'

export default function LogBook() {
  useTitle('Log book')
  const { state } = useHarbour()
  const [csv, setCsv] = useState<string>()

  async function exportLog() {
    const { toCsv } = await import('../lib/export')
    setCsv(toCsv(state.log))
  }

  return (
    <Card title="Log book" aside={<span>{plural(state.log.length, 'entry', 'entries')}</span>}>
      <List items={state.log} keyOf={({ id }) => id} empty="Nothing yet." className="log">
        {(entry) => <LogLine entry={entry} />}
      </List>
      <LogForm />
      <Button kind="quiet" onClick={exportLog}>
        Export as CSV
      </Button>
      {csv && <pre className="csv">{csv}</pre>}
    </Card>
  )
}
