// The day's water, drawn.
import { useMemo } from 'react'
import type { TideTable } from '../lib'

const [width, height, scale] = [480, 140, 24]
const x = (minutes: number) => (minutes / 1440) * width
const y = (metres: number) => height - 10 - metres * scale

export function TideCurve({ table, now }: { table: TideTable; now: number }) {
  const path = useMemo(() => {
    let d = ''
    for (const { minutes, height: metres } of table.samples()) {
      d += `${d ? 'L' : 'M'}${x(minutes).toFixed(1)} ${y(metres).toFixed(1)}`
    }
    return d
  }, [table])
  return (
    <svg className="curve" viewBox={`0 0 ${width} ${height}`} role="img" aria-label="Tide curve">
      <path d={`${path}L${width} ${height}L0 ${height}Z`} className="curve-water" />
      <path d={path} className="curve-line" />
      <circle cx={x(now)} cy={y(table.heightAt(now))} r={6} className="curve-now" />
    </svg>
  )
}
