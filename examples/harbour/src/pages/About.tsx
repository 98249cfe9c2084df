// Who and where we are.
import { Card, CrewList, Pennant } from '../components'
import { position } from '../data'
import { useTitle } from '../hooks'

export default function About() {
  useTitle('About')
  const { MODE, BASE_URL, VITE_VHF_CHANNEL } = import.meta.env
  return (
    <Card title="About the harbour">
      <p>
        {Math.abs(position.latitude)}° {position.latitude < 0 ? 'S' : 'N'}, {Math.abs(position.longitude)}°{' '}
        {position.longitude < 0 ? 'W' : 'E'}. Call us on VHF channel {VITE_VHF_CHANNEL ?? '16'}.
      </p>
      <CrewList />
      <Pennant />
      <p className="build" data-dev={String(import.meta.env.DEV)}>
        Built for {MODE} at {BASE_URL}
      </p>
    </Card>
  )
}
