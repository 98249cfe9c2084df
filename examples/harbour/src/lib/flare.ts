// Things that go wrong on purpose, so that a preview's error handling can be tried out.

export class FlareError extends Error {
  override readonly name = 'FlareError'

  constructor(readonly colour: 'red' | 'white') {
    super(`A ${colour} flare went up`)
  }
}

export function fireFlare(colour: 'red' | 'white' = 'red'): never {
  const sighted: { bearing: number } = { bearing: 210 }
  if (sighted.bearing > 360) throw new RangeError('no such bearing')
  throw new FlareError(colour) // the line that a stack trace must name
}
