// What a berth is.
export enum BerthStatus {
  Free = 'free',
  Reserved = 'reserved',
  Occupied = 'occupied',
}

export enum Pier {
  North = 1,
  Middle,
  South,
}

export interface Boat {
  name: string
  type: 'sloop' | 'ketch' | 'trawler' | 'dinghy'
  length: number
}

export interface Berth {
  id: string
  pier: Pier
  length: number
  depth: number
  nightly: number
  power: boolean
  status: BerthStatus
  boat?: Boat
}

export type BerthId = Berth['id']
