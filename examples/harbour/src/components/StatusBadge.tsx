// Whether a berth is to be had.
import { BerthStatus } from '../types'
import { Badge } from './Badge'

const words: Record<BerthStatus, readonly [label: string, tone: 'calm' | 'signal' | 'muted']> = {
  [BerthStatus.Free]: ['Free', 'calm'],
  [BerthStatus.Reserved]: ['Reserved', 'signal'],
  [BerthStatus.Occupied]: ['Occupied', 'muted'],
}

export function StatusBadge({ status }: { status: BerthStatus }) {
  const [label, tone] = words[status]
  return <Badge tone={tone}>{label}</Badge>
}
