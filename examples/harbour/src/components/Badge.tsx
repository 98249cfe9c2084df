// A small word in a coloured pill.
import type { ReactNode } from 'react'
import styles from './Badge.module.css'

const tones = { calm: styles.calm, signal: styles.signal, muted: styles.muted } satisfies Record<string, string | undefined>

interface BadgeProps {
  tone?: keyof typeof tones
  label?: string
  children: ReactNode
}

export function Badge({ tone = 'calm', label, children }: BadgeProps) {
  return (
    <span className={tones[tone]} role="status" aria-label={label}>
      {children}
    </span>
  )
}
