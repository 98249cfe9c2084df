// A number and what it counts.
interface StatProps {
  value: string | number
  children: string
}

export const Stat = ({ value, children }: StatProps) => (
  <div className="stat">
    <strong>{value}</strong>
    <span>{children}</span>
  </div>
)
