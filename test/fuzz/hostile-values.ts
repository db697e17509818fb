export interface Random {
  /** An integer from 0, less than `below`. */
  below(below: number): number
  pick<T>(items: readonly T[]): T
}

/** mulberry32 */
export function randomOf(seed: number): Random {
  let state = seed | 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit)
  }
  return { below, pick: items => items[below(items.length)] as (typeof items)[number] }
}

/** Fails what evaluates it. */
export const rejected = 'Promise.reject(1)'

export const values = [
  'undefined',
  'null',
  '0',
  '-0',
  'NaN',
  '10n',
  `''`,
  `'\\u001b[31m\\u0000\\uD800'`,
  'Symbol("s")',
  '() => 1',
  '[]',
  '{}',
  'new Error("m")',
  'new Proxy({}, { get() { throw 1 } })',
  'new Proxy(function () {}, {})',
  'Object.create(null)',
  '(() => { const a = []; a.push(a); return a })()',
  '(() => { let g = {}; for (let i = 0; i < 30; i++) g = { l: g, r: g }; return g })()',
  '"x".repeat(3e5)',
  'new Map([[{}, {}]])',
  'Buffer.alloc(1e5)',
  'new Date(NaN)',
  rejected,
  'globalThis',
  'process',
  '{ then(resolve) { resolve(1) } }',
  '{ toString() { throw 1 } }',
  '{ toJSON() { throw 1 } }',
  '{ [Symbol.toPrimitive]() { throw 1 } }',
]
export const names = [
  `'ends </testsuite> ]]> & <'`,
  `'\\u0000\\u0008\\uFFFE'`,
  `'\\uD800 alone'`,
  `'__proto__'`,
  `'a\\nb\\r\\tc'`,
  `'x'.repeat(1e5)`,
  `'\\u202Eltr'`,
  `'constructor'`,
  `''`,
]
