import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { writeExports } from '../../../../src/report/export/write-exports.js'
import { startedAt, type Story } from '../../../unit/report/events.js'
import { readByAllure } from '../../../support/report-readers.js'
import { silent, storyOf, traceOf, tracePath, withRun } from './a-run.js'

const screenPath = 'artifacts/m/1/fails/alice-screenshot.png'
const status = z.enum(['passed', 'failed', 'broken', 'skipped'])
const span = { start: z.int(), stop: z.int() }

/** What Allure needs of a result (allure-js-commons, `TestResult`). */
const resultSchema = z.object({
  uuid: z.uuid(),
  historyId: z.string().min(1),
  name: z.string().min(1),
  fullName: z.string(),
  status,
  stage: z.literal('finished'),
  statusDetails: z.object({
    message: z.string().optional(),
    trace: z.string().optional(),
    flaky: z.boolean().optional(),
  }),
  labels: z.array(z.object({ name: z.string(), value: z.string() })),
  steps: z.array(z.object({ name: z.string(), status, ...span })).optional(),
  attachments: z.array(z.object({ name: z.string(), source: z.string(), type: z.string() })),
  ...span,
})
type Result = z.infer<typeof resultSchema>

const story = (): Story =>
  storyOf({ name: 'Error', message: 'once' }, attempt => {
    attempt.artifact('alice', 'fails')
    attempt.test('fails', { state: 'failed', error: { name: 'AssertionError', message: 'no' } })
    attempt.test('is skipped', { state: 'pending' })
  })

async function resultsIn(folder: string): Promise<Result[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('-result.json'))
  const texts = await Promise.all(names.map(async name => readFile(path.join(folder, name), 'utf8')))
  return texts
    .map(text => resultSchema.parse(JSON.parse(text)))
    .toSorted((one, other) => one.start - other.start || one.name.localeCompare(other.name))
}

describe('results for Allure', () => {
  it('have the devices as thread, steps, files, and one history for all attempts', async () => {
    const trace = traceOf(
      { type: 'test', title: ['chat', 'fails'], role: 'alice', at: startedAt },
      { type: 'pass', branch: '', role: 'bob', from: 'alice', at: startedAt + 10 },
    )
    await withRun(story(), { [tracePath]: trace, [screenPath]: 'picture' }, async run => {
      await writeExports([{ name: 'allure' }], run, silent)
      const folder = path.join(run.directory, 'allure-results')
      const results = await resultsIn(folder)
      assert.deepEqual(
        results.map(({ name, status }) => [name, status]),
        [
          ['(module)', 'broken'],
          ['fails', 'failed'],
          ['is skipped', 'skipped'],
          ['falters', 'broken'],
          ['falters', 'passed'],
        ],
      )
      const [, fails, , first, second] = results
      const labels = (wanted: string) => fails?.labels.flatMap(({ name, value }) => (name === wanted ? [value] : []))
      assert.deepEqual(
        [labels('host'), labels('thread'), labels('device')],
        [['lab'], ['pixel-8, bob'], ['pixel-8', 'bob']],
      )
      assert.deepEqual(
        fails?.steps?.map(({ name }) => name),
        ['bob: takes the baton from alice'],
      )
      const files = await Promise.all(
        (fails?.attachments ?? []).map(async ({ name, type, source }) => [
          name,
          type,
          (await readFile(path.join(folder, source), 'utf8')).slice(0, 7),
        ]),
      )
      assert.deepEqual(files, [
        ['screenshot of alice', 'image/png', 'picture'],
        ['trace', 'application/x-ndjson', trace.slice(0, 7)],
      ])
      assert.equal(first?.historyId, second?.historyId)
      assert.equal(second?.statusDetails.flaky, true)
      const read = await readByAllure(folder, '1 failed (25% of all tests)\n1 broken')
      assert.deepEqual(
        read.map(({ name, status, isRetry }) => [name, status, isRetry]),
        [
          ['(module)', 'broken', false],
          ['fails', 'failed', false],
          ['is skipped', 'skipped', false],
          ['falters', 'broken', true],
          ['falters', 'passed', false],
        ],
      )
      assert.deepEqual(read[1]?.groupedLabels['device'], ['pixel-8', 'bob'])
      assert.deepEqual(
        read[1]?.steps.map(step => ('name' in step ? step.name : step.type)),
        ['bob: takes the baton from alice', 'attachment', 'attachment'],
      )
      assert.equal(read[4]?.flaky, true)
      const names = async (): Promise<string[]> => (await readdir(folder)).toSorted()
      const before = await names()
      await writeExports([{ name: 'allure' }], run, silent)
      assert.deepEqual(await names(), before)
    })
  })
})
