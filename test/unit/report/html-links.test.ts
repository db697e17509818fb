import assert from 'node:assert/strict'
import { FinishedRun } from '../../../src/report/export/finished-run.js'
import { formatHtml } from '../../../src/report/html/format-html.js'
import { failure, Story } from './events.js'

describe('the links of the HTML report', () => {
  const story = new Story().start('m')
  const attempt = story.attempt('m').artifact('alice', 'fails').artifact('alice')
  attempt.test('fails', { state: 'failed', error: failure }).end('failed')
  story.end('m', 'failed', { lease: 'm-1' })
  const run = new FinishedRun(story.record(), 'baton-report/r 1')

  for (const [where, folder, prefix] of [
    ['next to the artifacts', undefined, ''],
    ['in the same folder, by its name', './baton-report/r 1', ''],
    ['in the folder of all reports', 'baton-report', 'r%201/'],
    ['in another folder', 'site/pages', '../../baton-report/r%201/'],
  ] as const) {
    it(`lead to the artifacts from a page ${where}`, async () => {
      const page = await formatHtml(run, folder)
      const links = [...page.matchAll(/ (?:href|src)="([^"#]+)"/g)].map(([, link]) => link)
      const files = ['fails', 'module'].map(test => `${prefix}artifacts/m/1/${test}/alice-screenshot.png`)
      assert.deepEqual(new Set(links), new Set(files))
    })
  }
})
