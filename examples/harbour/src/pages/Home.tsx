// The harbour at a glance.
import { Link } from 'react-router-dom'
import hero from '../assets/hero.svg'
import { BerthCard, Card, Lighthouse, List, Stat, TideSummary } from '../components'
import { useTitle } from '../hooks'
import { plural } from '../lib'
import { useHarbour } from '../store'
import { BerthStatus } from '../types'

export default function Home() {
  useTitle('Welcome')
  const { state } = useHarbour()
  const free = state.berths.filter((berth) => berth.status === BerthStatus.Free)
  return (
    <>
      <section className="hero">
        <div>
          <h1>A quiet place to tie up</h1>
          <TideSummary />
          <Link className="button button-primary" to="/berths">
            Find a berth
          </Link>
        </div>
        <img src={hero} alt="Two boats under sail" width={480} height={280} />
      </section>
      <div className="stats">
        <Stat value={state.berths.length}>berths</Stat>
        <Stat value={free.length}>free tonight</Stat>
        <Stat value={state.log.length}>lines in the log</Stat>
        <Lighthouse />
      </div>
      <Card title="Free tonight" aside={<span>{plural(free.length, 'berth')}</span>}>
        <List items={free.slice(0, 3)} keyOf={({ id }) => id} empty="All full." className="berths">
          {(berth) => <BerthCard berth={berth} />}
        </List>
      </Card>
    </>
  )
}
