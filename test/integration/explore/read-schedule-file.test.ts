import assert from 'node:assert/strict'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BatonError } from '../../../src/error/baton-error.js'
import { readScheduleFile } from '../../../src/run/explore/read-schedule-file.js'
import { schedule } from '../../unit/run/explore/iterations.js'

describe('a schedule that is replayed', () => {
  let directory: string
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'baton-schedule-'))
    mkdirSync(path.join(directory, 'test'))
    writeFileSync(path.join(directory, 'test', 'auction.ts'), '')
  })
  after(() => rmSync(directory, { recursive: true }))

  function write(content: object): string {
    writeFileSync(path.join(directory, 'a.json'), JSON.stringify(content))
    return 'a.json'
  }

  it('is read if its module is there', async () => {
    assert.deepEqual(await readScheduleFile(write(schedule), directory), schedule)
  })

  for (const [what, module] of [
    ['no file', 'test/gone.ts'],
    ['a folder', 'test'],
    ['the folder itself', '.'],
    ['nothing', ''],
    ['a pattern', 'test/*.ts'],
    ['a name that no file can have', 'a\0b'],
    ['a name that is too long', 'x'.repeat(5_000)],
    ['a special file', '/dev/null'],
  ] as const) {
    it(`is refused if its module is ${what}`, async () => {
      await assert.rejects(readScheduleFile(write({ ...schedule, module }), directory), (error: unknown) => {
        assert.ok(error instanceof BatonError)
        assert.equal(error.code, 'BATON_CONFIG_MISSING')
        assert.match(error.message, /^expected module .* found no such file\.$/)
        return true
      })
    })
  }

  it('is refused if it is not there, or a folder', async () => {
    await assert.rejects(readScheduleFile('b.json', directory), /expected a schedule in b\.json, found no such file/)
    await assert.rejects(readScheduleFile('test', directory), /test cannot be read: EISDIR/)
  })
})
