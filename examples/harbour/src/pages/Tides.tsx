// The tide tables; loaded when first visited.
import { useMemo, useState } from 'react'
import { Card, TideCurve, TideSummary } from '../components'
import { now as today, tides } from '../data'
import { useTitle } from '../hooks'
import { clock, metres, TideTable } from '../lib'
import './Tides.css'

export default function Tides() {
  useTitle('Tides')
  const [minutes, setMinutes] = useState<number>(today)
  const table = useMemo(() => new TideTable(tides), [])
  return (
    <Card title="Today’s tides" className="tides">
      <TideSummary />
      <TideCurve table={table} now={minutes} />
      <label className="tide-time">
        {clock(minutes)} · {metres(table.heightAt(minutes))} · {table.stateAt(minutes)}
        <input
          type="range"
          min={0}
          max={1439}
          value={minutes}
          aria-label="Time of day"
          onChange={(event) => setMinutes(event.target.valueAsNumber)}
        />
      </label>
    </Card>
  )
}
