// The height of the water between two tides, by the cosine that mariners use.
import type { Tide, TideState } from '../types'

const day = 24 * 60

export class TideTable {
  readonly #tides: readonly Tide[]

  constructor(
    tides: readonly Tide[],
    private readonly slackMinutes = 20,
  ) {
    this.#tides = [...tides].sort((a, b) => a.minutes - b.minutes)
  }

  get highest(): Tide {
    return this.#tides.reduce((high, tide) => (tide.height > high.height ? tide : high))
  }

  heightAt(minutes: number): number {
    const [before, after] = this.#around(minutes)
    const span = after.minutes - before.minutes
    const phase = (1 - Math.cos((Math.PI * (minutes - before.minutes)) / span)) / 2
    return before.height + (after.height - before.height) * phase
  }

  stateAt(minutes: number): TideState {
    const [before, after] = this.#around(minutes)
    const nearest = Math.min(minutes - before.minutes, after.minutes - minutes)
    if (nearest <= this.slackMinutes) return 'slack'
    return after.height > before.height ? 'rising' : 'falling'
  }

  *samples(step = 30): Generator<Tide> {
    for (let minutes = 0; minutes <= day; minutes += step) {
      yield { minutes, height: this.heightAt(minutes) }
    }
  }

  #around(minutes: number): [Tide, Tide] {
    const first = this.#tides[0]
    const last = this.#tides.at(-1)
    if (!first || !last) throw new RangeError('a tide table needs tides')
    let before: Tide = { ...last, minutes: last.minutes - day }
    for (const tide of this.#tides) {
      if (tide.minutes > minutes) return [before, tide]
      before = tide
    }
    return [before, { ...first, minutes: first.minutes + day }]
  }
}
