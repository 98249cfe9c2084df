// The harbour's data, typed.
import type { Berth } from '../types'
import berthsJson from './berths.json'

export const berths = berthsJson as Berth[]
export { crew, founded, position } from './harbour.json'
export { default as harbour } from './harbour.json'
export * from './pages'
export * from './tides'
