import assert from 'node:assert/strict'
import type { Iteration } from '../../../src/explore/iteration.js'
import { formatRaces, type RaceResult } from '../../races/format-races.js'

function iteration(seed: number, verdict: 'passed' | 'failed'): Iteration {
  const counts = { operations: 9, decisions: 5, unbalanced: 0, slowServer: 0, durationMs: 500, timesMs: {} }
  const schedule = {
    version: 1 as const,
    module: 'm.ts',
    bundleHash: 'h',
    seed,
    strategy: 'mix',
    test: ['t'],
    trace: [],
    error: { message: 'Received: "sent"', signature: 's' },
  }
  const failed = verdict === 'failed' && { schedule }
  return { purpose: 'explore', seed, strategy: 'mix', verdict, hadBranches: true, order: 'o', ...counts, ...failed }
}

const explored = (...verdicts: ('passed' | 'failed')[]) => ({
  iterations: verdicts.map((verdict, seed) => iteration(seed, verdict)),
})
const cells = (text: string, race: string): string[] | undefined =>
  text
    .split('\n')
    .find(line => line.startsWith(`${race} `))
    ?.split(/ +/)

describe('the table of races', () => {
  it('shows who found a race, and when', () => {
    const explorations = [explored('passed', 'failed'), explored('failed'), explored('passed', 'passed', 'failed')]
    const receipt = {
      explorations,
      plain: [true, false],
      commands: [true],
      twin: [],
      replays: { times: 10, reproduced: 9 },
      pasted: { race: [false, false, true], repaired: [true] },
    }
    const missed = {
      explorations: [explored('passed'), explored('passed'), explored('failed')],
      plain: [],
      commands: [],
      twin: [],
    }
    const text = formatRaces(
      new Map<string, RaceResult>([
        ['notes', missed],
        ['receipt', receipt],
      ]),
    )
    assert.deepEqual(cells(text, 'receipt'), [
      'receipt',
      '1',
      '3/3',
      '2',
      '3/6',
      '1/2',
      '0/1',
      '-',
      '-',
      '-',
      '9/10',
      '2/3',
      '0/1',
      '-',
      '0.5',
    ])
    assert.deepEqual(cells(text, 'notes')?.slice(1, 5), ['4', '1/3', '-', '1/3'])
  })

  it('names each false alarm of a twin', () => {
    const twin = [iteration(1, 'passed'), iteration(7, 'failed')]
    const text = formatRaces(new Map([['receipt', { explorations: [], plain: [], commands: [], twin }]]))
    assert.match(text, /^receipt .* 1\/2 /m)
    assert.match(text, /^receipt, seed 7: Received: "sent"$/m)
  })
})
