// The app's state and how it begins.
import { berths } from '../data'
import { anything, type Wish } from '../lib'
import type { Berth, BerthId, LogEntry } from '../types'

export interface State {
  berths: readonly Berth[]
  log: readonly LogEntry[]
  favourites: ReadonlySet<BerthId>
  wish: Wish
}

export const initialState: State = {
  berths,
  log: [
    { id: 1, kind: 'weather', text: 'Wind SW 4, sea slight', at: '06:00' },
    { id: 2, kind: 'arrival', text: 'Marie-Claire from Cherbourg', at: '08:40' },
  ],
  favourites: new Set(),
  wish: anything,
}
