// The store.
export * from './actions'
export { useHarbour } from './context'
export { HarbourProvider } from './HarbourProvider'
export type { State } from './state'
