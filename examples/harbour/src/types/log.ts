// What stands in the log book.
export const kinds = ['arrival', 'departure', 'weather', 'note'] as const
export type LogKind = (typeof kinds)[number]

export interface LogEntry {
  id: number
  kind: LogKind
  text: string
  at: string
}
