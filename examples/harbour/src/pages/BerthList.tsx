// The berths that suit, pier by pier.
import { BerthCard, Card, List } from '../components'
import { groupBy, suits } from '../lib'
import { useHarbour } from '../store'
import { Pier } from '../types'

export default function BerthList() {
  const { state } = useHarbour()
  const suitable = state.berths.filter((berth) => suits(berth, state.wish))
  if (suitable.length === 0) return <p className="empty">No berth suits.</p>
  return (
    <div className="piers">
      {[...groupBy(suitable, ({ pier }) => pier)].map(([pier, berths]) => (
        <Card key={pier} title={`${Pier[pier]} pier`}>
          <List items={berths} keyOf={({ id }) => id} empty="" className="berths">
            {(berth) => <BerthCard berth={berth} />}
          </List>
        </Card>
      ))}
    </div>
  )
}
