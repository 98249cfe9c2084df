// The state in React's context.
import { createContext, useContext, type Dispatch } from 'react'
import type { Action } from './actions'
import type { State } from './state'

export interface Harbour {
  state: State
  dispatch: Dispatch<Action>
}

export const HarbourContext = createContext<Harbour | null>(null)

export function useHarbour(): Harbour {
  const harbour = useContext(HarbourContext)
  if (!harbour) throw new Error('useHarbour is used outside of HarbourProvider')
  return harbour
}
