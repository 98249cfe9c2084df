// Today's tides. There is no clock in here, so that every visit shows the same day.
import type { Tide } from '../types'

export const tides = [
  { minutes: 134, height: 4.6 },
  { minutes: 512, height: 0.9 },
  { minutes: 888, height: 4.9 },
  { minutes: 1267, height: 0.7 },
] as const satisfies readonly Tide[]

export const now = 10 * 60 + 15
