// What happens to the state.
import { BerthStatus, type Berth, type BerthId } from '../types'
import type { Action } from './actions'
import type { State } from './state'

const setStatus = (berths: readonly Berth[], id: BerthId, status: BerthStatus): Berth[] =>
  berths.map((berth) => (berth.id === id ? { ...berth, status } : berth))

export function reducer(state: State, action: Action): State {
  switch (action.type) {
    case 'reserve':
      return { ...state, berths: setStatus(state.berths, action.id, BerthStatus.Reserved) }
    case 'release':
      return { ...state, berths: setStatus(state.berths, action.id, BerthStatus.Free) }
    case 'favour': {
      const favourites = new Set(state.favourites)
      if (!favourites.delete(action.id)) favourites.add(action.id)
      return { ...state, favourites }
    }
    case 'wish':
      return { ...state, wish: { ...state.wish, ...action.change } }
    case 'log': {
      const { kind, text, at } = action
      const id = 1 + Math.max(0, ...state.log.map((entry) => entry.id))
      return { ...state, log: [...state.log, { id, kind, text, at }] }
    }
    default:
      return action satisfies never
  }
}
