// What a tide is: a time of the day in minutes, and a height in metres over chart datum.
export interface Tide {
  minutes: number
  height: number
}
export type TideState = 'rising' | 'falling' | 'slack'
