// Holds the state for all pages, so that it outlives navigation.
import { useMemo, useReducer, type ReactNode } from 'react'
import { HarbourContext } from './context'
import { reducer } from './reducer'
import { initialState } from './state'

export function HarbourProvider({ children }: { children: ReactNode }) {
  const [state, dispatch] = useReducer(reducer, initialState)
  const harbour = useMemo(() => ({ state, dispatch }), [state])
  return <HarbourContext.Provider value={harbour}>{children}</HarbourContext.Provider>
}
