// Stands in for something on its way.
export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      Fetching {what} …
    </p>
  )
}
