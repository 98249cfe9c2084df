// A list of anything, or what to say when there is nothing.
import { Fragment, type Key, type ReactNode } from 'react'

interface ListProps<Item> {
  items: readonly Item[]
  keyOf: (item: Item) => Key
  empty: ReactNode
  children: (item: Item) => ReactNode
  className?: string
}

export const List = <Item,>({ items, keyOf, empty, children, className }: ListProps<Item>) =>
  items.length === 0 ? (
    <p className="empty">{empty}</p>
  ) : (
    <ul className={className}>
      {items.map((item) => (
        <Fragment key={keyOf(item)}>{children(item)}</Fragment>
      ))}
    </ul>
  )
