import assert from 'node:assert/strict'
import { createConsoleReporter } from '../../../src/report/console-reporter.js'
import { formatJunit } from '../../../src/report/junit.js'
import { faultsOfJunit, faultsOfRunJson } from '../../support/report-schemas.js'
import { Story } from './events.js'

const reportDirectory = 'baton-report/r1'
const error = { name: 'Error', message: 'no' }

function filmed(): Story {
  const story = new Story().start('fails', 'late', 'passes')
  const fails = story.attempt('fails').test('delivers', { state: 'failed', error }).log('sent: hi')
  fails.video('alice').video('bob', 'no encoder').end('failed')
  story.end('fails', 'failed', { lease: 'fails-1' })
  story.attempt('late').artifact('alice').video('alice').end('failed', error)
  story.end('late', 'failed', { lease: 'late-1' })
  story.attempt('passes').test('delivers').video('bob').video('alice').end('passed')
  return story.end('passes', 'passed', { lease: 'passes-1' })
}

describe('videos in reports', () => {
  const videoOf = (module: string, role = 'alice'): string => `artifacts/${module}/1/module/${role}-video.mp4`

  it('are named with the failure, or the reason why they are missing', () => {
    let text = ''
    const write = (lines: string): void => void (text += lines)
    filmed().tell(createConsoleReporter({ write, color: false, verbose: false, cwd: '/', reportDirectory }))
    assert.match(
      text,
      /Error: no\n\n {5}videos:\n {7}baton-report\/r1\/artifacts\/fails\/1\/module\/alice-video.mp4\n {5}no video of bob: no encoder\n\n {5}console:/,
    )
    assert.equal(text.split(videoOf('late')).length, 2)
    assert.ok(!text.includes(videoOf('passes')))
  })

  it('are listed with their attempt, by role, in any order of arrival', () => {
    const record = filmed().record()
    assert.deepEqual(
      record.modules.map(({ attempts }) => [
        attempts[0]?.artifacts.filter(({ kind }) => kind === 'video').map(({ path }) => path),
        attempts[0]?.missing,
      ]),
      [
        [[videoOf('fails')], [{ role: 'bob', device: 'bob', kind: 'video', reason: 'no encoder' }]],
        [[videoOf('late')], undefined],
        [[videoOf('passes'), videoOf('passes', 'bob')], undefined],
      ],
    )
    assert.deepEqual(faultsOfRunJson(JSON.stringify(record)), [])
  })

  it('are attached once in junit.xml', async () => {
    const xml = formatJunit(filmed().record(), reportDirectory)
    for (const module of ['fails', 'late', 'passes']) {
      assert.equal(xml.split(`[[ATTACHMENT|baton-report/r1/${videoOf(module)}]]`).length, 2, module)
    }
    assert.deepEqual(await faultsOfJunit(xml), [])
  })
})
