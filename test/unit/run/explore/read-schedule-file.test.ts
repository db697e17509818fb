import assert from 'node:assert/strict'
import { BatonError } from '../../../../src/error/baton-error.js'
import { formatError } from '../../../../src/error/format-error.js'
import { parseSchedule } from '../../../../src/run/explore/read-schedule-file.js'
import { schedule } from './iterations.js'

const file = 'auction-4-1.schedule.json'

function problemOf(text: string): string {
  try {
    parseSchedule(text, file)
  } catch (error) {
    assert.ok(error instanceof BatonError, String(error))
    return formatError(error)
  }
  return assert.fail('it was accepted')
}

describe('a schedule file', () => {
  it('is read as it was written', () => {
    assert.deepEqual(parseSchedule(JSON.stringify(schedule, undefined, 2), file), schedule)
  })

  for (const [what, text, expected] of [
    ['no JSON', 'hello', /auction-4-1\.schedule\.json:1:1.*not JSON: .*found hello/s],
    ['an empty file', '', /not JSON: .*found the end of the file/],
    ['a list', '[]', /auction-4-1\.schedule\.json:1:1.*expected an object, found \[\]/s],
    ['another object', '{ "devices": [] }', /the schedule has no 'version': expected 1, found nothing/],
    ['a later version', JSON.stringify({ ...schedule, version: 2 }), /'version': expected 1, found 2/],
    ['a wrong seed', JSON.stringify({ ...schedule, seed: -1 }, null, 1), /:5:\d+.*'seed': expected a whole number/s],
    ['a wrong step', JSON.stringify({ ...schedule, trace: [3] }), /'trace\[0\]': expected text, found 3/],
    ['a key twice', '{ "version": 1, "version": 1 }', /key 'version' is already at/],
  ] as const) {
    it(`is refused with one error if it is ${what}`, () => {
      assert.match(problemOf(text), expected)
    })
  }
})
