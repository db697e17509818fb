import { BatonError } from '../../error/baton-error.js'
import { didYouMean } from '../../error/closest-name.js'

/** A strategy of one iteration. */
export type IterationStrategy =
  | { name: 'random' | 'pos' | 'surw' | 'natural' }
  /** `depth`: how many orders between operations a bug needs at most. */
  | { name: 'pct'; depth: number }
  /** `delays`: how many operations are delayed. */
  | { name: 'delay'; delays: number }

/** A strategy as the user chooses it, parsed. `mix` stands for others; `enumerate` needs what earlier iterations did. */
export type StrategySpec = IterationStrategy | { name: 'mix' } | { name: 'enumerate' }

export const strategyNames = ['mix', 'random', 'pos', 'surw', 'pct', 'delay', 'enumerate', 'natural'] as const

const defaultDepth = 3
const defaultDelays = 2
const maxParameter = 100

/**
 * @param text - a name, for `pct` and `delay` with an optional number: `pct:3`, `delay:2`
 * @throws BatonError BATON_USAGE if it is not a strategy
 */
export function parseStrategy(text: string): StrategySpec {
  const [word = '', parameter, ...rest] = text.split(':')
  const name = strategyNames.find(known => known === word)
  if (name === undefined) {
    const forms = strategyNames.map(known => (known === 'pct' || known === 'delay' ? `${known}:N` : known)).join(', ')
    throw new BatonError('BATON_USAGE', `expected a strategy (${forms}), found '${text}'.`, {
      ...didYouMean(word, strategyNames),
    })
  }
  if (name !== 'pct' && name !== 'delay') {
    if (parameter === undefined) return { name }
    throw new BatonError('BATON_USAGE', `strategy '${name}' has no number, found '${text}'.`, {
      hint: `write '${name}'`,
    })
  }
  const number = parameter === undefined ? (name === 'pct' ? defaultDepth : defaultDelays) : Number(parameter)
  if (rest.length > 0 || parameter?.trim() === '' || !Number.isInteger(number) || number < 1 || number > maxParameter) {
    throw new BatonError('BATON_USAGE', `expected '${name}:N' with N from 1 to ${maxParameter}, found '${text}'.`, {
      hint: name === 'pct' ? 'N is the depth of the bugs to look for: pct:3' : 'N is the number of delays: delay:2',
    })
  }
  return name === 'pct' ? { name, depth: number } : { name, delays: number }
}

export function formatStrategy(spec: StrategySpec): string {
  if (spec.name === 'pct') return `pct:${spec.depth}`
  return spec.name === 'delay' ? `delay:${spec.delays}` : spec.name
}

/** While pairs of operations are tried one by one, every second iteration of `mix` is one of them. */
const pairPhase = 64
const pairPortfolio: readonly IterationStrategy[] = [
  { name: 'pos' },
  { name: 'delay', delays: defaultDelays },
  { name: 'random' },
  { name: 'delay', delays: defaultDelays },
]
const portfolio: readonly IterationStrategy[] = [
  { name: 'random' },
  { name: 'pos' },
  { name: 'random' },
  { name: 'delay', delays: defaultDelays },
]

/**
 * Which strategy a seed uses: `mix` stands for a portfolio. Only seeds decide, so that it makes no difference how many
 * workers share them.
 * @param firstSeed - first seed of the whole exploration, which `mix` runs in natural order
 */
export function strategyOfSeed(
  spec: StrategySpec,
  seed: number,
  firstSeed?: number,
): IterationStrategy | { name: 'enumerate' } {
  if (spec.name !== 'mix') return spec
  if (seed === firstSeed) return { name: 'natural' }
  const position = positionOf(seed, firstSeed)
  const strategies = position < pairPhase ? pairPortfolio : portfolio
  return strategies[position % strategies.length] ?? { name: 'random' }
}

/** Counts the seeds of an exploration that use `delay`, from 0. */
export function delayPosition(spec: StrategySpec, seed: number, firstSeed?: number): number {
  const position = positionOf(seed, firstSeed)
  if (spec.name !== 'mix') return Math.max(0, position - 1)
  if (position < pairPhase) return Math.floor(position / 2)
  return pairPhase / 2 + Math.floor((position - pairPhase) / portfolio.length)
}

function positionOf(seed: number, firstSeed = 0): number {
  return Math.max(0, seed - firstSeed)
}
