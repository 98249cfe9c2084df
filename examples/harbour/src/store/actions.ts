// Everything that can happen.
import type { Wish } from '../lib'
import type { BerthId, LogKind } from '../types'

export type Action =
  | { type: 'reserve'; id: BerthId }
  | { type: 'release'; id: BerthId }
  | { type: 'favour'; id: BerthId }
  | { type: 'wish'; change: Partial<Wish> }
  | { type: 'log'; kind: LogKind; text: string; at: string }

export const reserve = (id: BerthId): Action => ({ type: 'reserve', id })
export const release = (id: BerthId): Action => ({ type: 'release', id })
export const favour = (id: BerthId): Action => ({ type: 'favour', id })
export const wish = (change: Partial<Wish>): Action => ({ type: 'wish', change })
export const writeLog = (kind: LogKind, text: string, at: string): Action => ({ type: 'log', kind, text, at })
