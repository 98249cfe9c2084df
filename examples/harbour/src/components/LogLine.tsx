// One line of the log book.
import type { LogEntry } from '../types'

const marks = { arrival: '→', departure: '←', weather: '☁', note: '✎' } as const satisfies Record<LogEntry['kind'], string>

export const LogLine = ({ entry: { at, kind, text } }: { entry: LogEntry }) => (
  <li className={`log-line log-${kind}`}>
    <time>{at}</time> <span aria-hidden="true">{marks[kind]}</span> <span className="log-text">{text}</span>
  </li>
)
