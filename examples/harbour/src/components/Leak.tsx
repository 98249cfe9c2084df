// A component that sinks while it renders, once told to.
import { useToggle } from '../hooks'
import { Button } from './Button'

export function Leak() {
  const [sinking, sink] = useToggle()
  if (sinking) throw new Error('The hull is leaking')
  return (
    <Button kind="danger" onClick={sink}>
      Throw while rendering
    </Button>
  )
}
