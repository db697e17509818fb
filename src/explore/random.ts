/** A generator of numbers that are the same on every platform for the same seed. */
export interface Random {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
}

/**
 * Mulberry32. The seed is mixed first: neighbouring seeds would otherwise begin alike.
 * @param seed - a whole number from 0; all of its 53 bits count
 */
export function createRandom(seed: number): Random {
  let state = mix(mix(seed >>> 0) ^ Math.floor(seed / 2 ** 32))
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  return { next, below: limit => Math.floor(next() * limit) }
}

/** The finalizer of MurmurHash3: each bit of the result depends on each bit of the value. */
function mix(value: number): number {
  let bits = (value ^ 0x9e3779b9) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) | 0
}

/** `count` different whole numbers from 0 to below `limit`, or all of them if there are fewer. */
export function sample(random: Random, count: number, limit: number): Set<number> {
  const chosen = new Set<number>()
  while (chosen.size < Math.min(count, limit)) chosen.add(random.below(limit))
  return chosen
}
