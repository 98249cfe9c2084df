// One berth in a list.
import { memo } from 'react'
import { Link } from 'react-router-dom'
import { euros, metres } from '../lib'
import { Pier, type Berth } from '../types'
import { StatusBadge } from './StatusBadge'

export const BerthCard = memo(function BerthCard({ berth }: { berth: Berth }) {
  return (
    <li className="berth" data-berth={berth.id}>
      <Link to={`/berths/${berth.id}`}>
        <span className="berth-id">{berth.id}</span>
        <span>{Pier[berth.pier]} pier</span>
        <span>{metres(berth.length)}</span>
        <span>{euros(berth.nightly)}</span>
        <StatusBadge status={berth.status} />
      </Link>
    </li>
  )
})
