// Writes a line into the log book.
import { useState, type FormEvent } from 'react'
import { now } from '../data'
import { clock } from '../lib'
import { useHarbour, writeLog } from '../store'
import { kinds, type LogKind } from '../types'
import { Button } from './Button'

export function LogForm() {
  const { dispatch } = useHarbour()
  const [text, setText] = useState('')
  const [kind, setKind] = useState<LogKind>('note')

  function submit(event: FormEvent) {
    event.preventDefault()
    if (text.trim() === '') return
    dispatch(writeLog(kind, text.trim(), clock(now)))
    setText('')
  }

  return (
    <form className="log-form" onSubmit={submit}>
      <select aria-label="Kind" value={kind} onChange={(event) => setKind(event.target.value as LogKind)}>
        {kinds.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <input aria-label="Entry" placeholder="What happened?" value={text} onChange={(event) => setText(event.target.value)} />
      <Button type="submit">Write</Button>
    </form>
  )
}
