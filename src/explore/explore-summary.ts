import type { Iteration } from './iteration.js'

/** What the iterations of a module showed together. */
export interface ExploreSummary {
  iterations: number
  failed: number
  /** Different partial orders. */
  orders: number
  /** Of the last fifth of the iterations: how many there are, and how many had an order that none before them had. */
  lastFifth: { iterations: number; newOrders: number }
  /** Of an iteration. */
  decisions: { min: number; average: number; max: number }
  /** How often a page and its proxy did not agree in time. */
  unbalanced: number
  /** How often a server answered later than the scheduler waits. */
  slowServer: number
  /** Timers of pages that ran, and how many of them while messages waited. */
  pageTimers: { ran: number; early: number }
  /** Milliseconds of an iteration, on average. */
  averageMs: number
  /** Where they go: name → milliseconds on average; the longest first. */
  timesMs: [name: string, ms: number][]
  /** Of strategy `enumerate`: orders that are known and were not tried, and operations to order. */
  enumerated?: { left: number; points: number }
}

/** @param all - of one module, in the order in which they ended; those with another purpose than to explore are left out */
export function summariseIterations(all: readonly Iteration[]): ExploreSummary {
  const iterations = all.filter(({ purpose }) => purpose === 'explore')
  const fifth = Math.ceil(iterations.length / 5)
  const before = new Set(iterations.slice(0, iterations.length - fifth).map(({ order }) => order))
  const orders = new Set(iterations.map(({ order }) => order))
  const enumerated = iterations.flatMap(({ enumerated }) => enumerated ?? []).at(-1)
  const decisions = iterations.map(({ decisions }) => decisions)
  return {
    iterations: iterations.length,
    failed: iterations.filter(({ verdict }) => verdict === 'failed').length,
    orders: orders.size,
    lastFifth: { iterations: fifth, newOrders: orders.size - before.size },
    decisions: {
      min: decisions.reduce((a, b) => Math.min(a, b), decisions[0] ?? 0),
      average: averageOf(decisions),
      max: decisions.reduce((a, b) => Math.max(a, b), 0),
    },
    unbalanced: sumOf(iterations.map(({ unbalanced }) => unbalanced)),
    slowServer: sumOf(iterations.map(({ slowServer }) => slowServer)),
    pageTimers: {
      ran: sumOf(iterations.map(({ pageTimers }) => pageTimers?.ran ?? 0)),
      early: sumOf(iterations.map(({ pageTimers }) => pageTimers?.early ?? 0)),
    },
    averageMs: averageOf(iterations.map(({ durationMs }) => durationMs)),
    timesMs: averageTimes(iterations),
    ...(enumerated && { enumerated }),
  }
}

function averageTimes(iterations: readonly Iteration[]): [string, number][] {
  const totals = new Map<string, number>()
  for (const { timesMs } of iterations) {
    for (const [name, ms] of Object.entries(timesMs)) totals.set(name, (totals.get(name) ?? 0) + ms)
  }
  return [...totals]
    .map(([name, ms]): [string, number] => [name, ms / iterations.length])
    .toSorted(([, a], [, b]) => b - a)
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}

function averageOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : sumOf(numbers) / numbers.length
}
