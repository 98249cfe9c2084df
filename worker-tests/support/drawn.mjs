// Chance that comes out the same every time.

/** A generator of whole numbers below what is asked for (a linear congruential one, as in POSIX's drand48). */
export function drawn(seed) {
  let state = BigInt(seed);
  return (below) => {
    state = (state * 25214903917n + 11n) & ((1n << 48n) - 1n);
    return Number((state >> 16n) % BigInt(below));
  };
}
