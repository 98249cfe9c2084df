// A panel with a heading.
import { useId, type PropsWithChildren, type ReactNode } from 'react'

type CardProps = PropsWithChildren<{ title: ReactNode; aside?: ReactNode; className?: string }>

export function Card({ title, aside, className = '', children }: CardProps) {
  const id = useId()
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
