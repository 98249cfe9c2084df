// Which berths suit a boat.
import { BerthStatus, type Berth } from '../types'

export interface Wish {
  onlyFree: boolean
  minLength: number
  text: string
}

export const anything: Wish = Object.freeze({ onlyFree: false, minLength: 0, text: '' })

export function suits(berth: Berth, { onlyFree, minLength, text }: Wish): boolean {
  if (onlyFree && berth.status !== BerthStatus.Free) return false
  if (berth.length < minLength) return false
  const needle = text.trim().toLowerCase()
  return needle === '' || [berth.id, berth.boat?.name ?? ''].some((hay) => hay.toLowerCase().includes(needle))
}

export function groupBy<Item, Key extends PropertyKey>(
  items: readonly Item[],
  key: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}
