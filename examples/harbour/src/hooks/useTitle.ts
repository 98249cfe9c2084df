// The document's title follows the page.
import { useEffect } from 'react'

export function useTitle(title: string): void {
  useEffect(() => {
    const before = document.title
    document.title = `${title} · Harbour`
    return () => {
      document.title = before
    }
  }, [title])
}
