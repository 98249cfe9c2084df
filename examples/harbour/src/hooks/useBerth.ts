// One berth and what can be done with it.
import { useCallback } from 'react'
import { favour, release, reserve, useHarbour } from '../store'
import { BerthStatus, type Berth, type BerthId } from '../types'

export function useBerth(id: BerthId | undefined) {
  const { state, dispatch } = useHarbour()
  const berth: Berth | undefined = state.berths.find((candidate) => candidate.id === id)
  const toggle = useCallback(() => {
    if (berth) dispatch(berth.status === BerthStatus.Free ? reserve(berth.id) : release(berth.id))
  }, [berth, dispatch])
  const star = useCallback(() => berth && dispatch(favour(berth.id)), [berth, dispatch])
  return { berth, toggle, star, starred: berth !== undefined && state.favourites.has(berth.id) } as const
}
