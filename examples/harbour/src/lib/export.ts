// The log book as CSV. Only imported when somebody asks for it.
import type { LogEntry } from '../types'

const quote = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

export function toCsv(entries: readonly LogEntry[]): string {
  const rows = entries.map(({ id, kind, text, at }) => [String(id), kind, text, at].map(quote).join(','))
  return ['id,kind,text,at', ...rows].join('\n')
}

export default toCsv
