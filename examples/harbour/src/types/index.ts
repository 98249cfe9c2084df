// All types of the harbour.
export * from './berth'
export * from './log'
export type * from './tide'
