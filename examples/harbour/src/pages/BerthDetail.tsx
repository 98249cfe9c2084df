// One berth, to be reserved or starred.
import { Link, useParams } from 'react-router-dom'
import { Button, Card, StatusBadge } from '../components'
import { useBerth } from '../hooks'
import { euros, metres } from '../lib'
import { BerthStatus } from '../types'

export default function BerthDetail() {
  const { berthId } = useParams<'berthId'>()
  const { berth, toggle, star, starred } = useBerth(berthId)
  if (!berth) {
    return (
      <Card title="No such berth">
        <p>
          There is no berth {berthId}. <Link to="/berths">All berths</Link>
        </p>
      </Card>
    )
  }
  return (
    <Card title={`Berth ${berth.id}`} aside={<StatusBadge status={berth.status} />} className="detail">
      <p>
        {metres(berth.length)} long, {metres(berth.depth)} deep, {berth.power ? 'with' : 'without'} shore power,{' '}
        {euros(berth.nightly)} a night.
      </p>
      {berth.boat && (
        <p>
          Here lies <em>{berth.boat.name}</em>, a {berth.boat.type}.
        </p>
      )}
      <div className="actions">
        <Button onClick={toggle} disabled={berth.status === BerthStatus.Occupied}>
          {berth.status === BerthStatus.Free ? 'Reserve' : 'Release'}
        </Button>
        <Button kind="quiet" aria-pressed={starred} onClick={star}>
          {starred ? '★ Favourite' : '☆ Favourite'}
        </Button>
        <Link to="/berths">All berths</Link>
      </div>
    </Card>
  )
}
