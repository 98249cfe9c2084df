// The water right now, in words.
import { useMemo } from 'react'
import { now, tides } from '../data'
import { clock, metres, TideTable } from '../lib'

export function TideSummary() {
  const table = useMemo(() => new TideTable(tides), [])
  return (
    <p className="tide-summary">
      At {clock(now)} the tide is <em>{table.stateAt(now)}</em>, {metres(table.heightAt(now))} over datum. Highest today:{' '}
      {metres(table.highest.height)} at {clock(table.highest.minutes)}.
    </p>
  )
}
