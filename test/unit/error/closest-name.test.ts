import assert from 'node:assert/strict'
import { didYouMean, closestName } from '../../../src/error/closest-name.js'

describe('closestName', () => {
  const cases: [found: string, known: string[], near: string | undefined][] = [
    ['pixel8', ['iphone-15', 'pixel-8'], 'pixel-8'],
    ['LABELS', ['label', 'labels'], 'labels'],
    ['warning', ['warn', 'error'], 'warn'],
    ['plat', ['platform=android'], 'platform=android'],
    ['zebra', ['pixel-8'], undefined],
    ['ab', ['xy', 'ac'], undefined],
    ['x', [], undefined],
  ]
  for (const [found, known, near] of cases) {
    it(`finds ${near ?? 'nothing'} for '${found}' in ${known.join(', ') || 'an empty list'}`, () => {
      assert.equal(closestName(found, known), near)
    })
  }

  it('becomes a hint, if there is one', () => {
    assert.deepEqual(didYouMean('labls', ['labels']), { hint: "did you mean 'labels'?" })
    assert.deepEqual(didYouMean('zebra', ['labels']), {})
  })
})
