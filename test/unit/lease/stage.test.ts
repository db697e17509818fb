import assert from 'node:assert/strict'
import { linkStages } from '../../../src/lease/stage.js'

const none = new Map<string, Set<string>>()

describe('linkStages', () => {
  it('links both ways', () => {
    const stages = linkStages(
      [
        { name: 'a', after: [] },
        { name: 'b', after: [{ stage: 'a', when: 'success', reason: 'because' }] },
      ],
      new Map([['a', new Set(['q1', 'q2'])]]),
    )
    assert.deepEqual(stages, [
      { name: 'a', needs: ['q1', 'q2'], after: [], next: ['b'] },
      { name: 'b', needs: [], after: [['a', 'success', 'because']], next: [] },
    ])
  })

  it('lets only the last stage of a chain advance those that wait for all of it', () => {
    const end = (stage: string) => ({ stage, when: 'end' as const })
    const stages = linkStages(
      [
        { name: 'a', after: [] },
        { name: 'b', after: [end('a')] },
        { name: 'c', after: [end('b')] },
        { name: 'beside', after: [] },
        { name: 'all', after: [end('a'), end('b'), end('c'), end('beside')] },
      ],
      none,
    )
    assert.deepEqual(
      stages.map(({ name, next }) => [name, next]),
      [
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['all']],
        ['beside', ['all']],
        ['all', []],
      ],
    )
  })

  it('refuses stages that would never run', () => {
    const edge = (stage: string) => ({ stage, when: 'end' as const })
    assert.throws(
      () => linkStages([{ name: 'a', after: [edge('b')] }], none),
      /'a' waits for 'b', which the run does not have/,
    )
    assert.throws(
      () => linkStages([], new Map([['a', new Set(['q'])]])),
      /belong to stage 'a', which the run does not have/,
    )
    const circle = [
      { name: 'a', after: [] },
      { name: 'b', after: [edge('a'), edge('d')] },
      { name: 'c', after: [edge('b')] },
      { name: 'd', after: [edge('c')] },
    ]
    assert.throws(() => linkStages(circle, none), /wait for one another: b, c, d/)
  })
})
