import assert from 'node:assert/strict'
import { everyVerdict, failure, shown, Story } from './events.js'

describe('texts of tests on the console', () => {
  it('shows output as it comes if verbose, and does not repeat it with the failure', () => {
    const story = new Story().start('chat')
    story.attempt('chat').log('one\ntwo').test('a', { state: 'failed', error: failure }).end('failed')
    story.end('chat', 'failed', { lease: 'chat-1' })
    const text = shown(story, { verbose: true })
    assert(text.includes('test/chat.ts | one\ntest/chat.ts | two\n'), text)
    assert(!text.includes('console:'))
  })

  it('shows the end of long output', () => {
    const story = new Story().start('chat')
    const attempt = story.attempt('chat')
    for (let line = 1; line <= 60; line++) attempt.log(`line ${line}`)
    attempt.test('a', { state: 'failed', error: failure }).end('failed')
    story.end('chat', 'failed', { lease: 'chat-1' })
    assert.match(shown(story), /console \(10 earlier lines are in events\.ndjson\):\n {5}\| line 11\n/)
  })

  it('lets no text of a test control the terminal', () => {
    const evil = '\u001B[2J\u001B]0;title\u0007red\u001B[31m\r\u009B1A\u202Ehidden\u0000'
    const error = { ...failure, message: evil, expected: evil, actual: `${evil}\n`, stack: `    at ${evil}` }
    const story = new Story().start('m')
    const attempt = story.attempt('m', 1, { [evil]: evil }).log(evil)
    attempt.test(`${evil}\nsecond`, {
      state: 'failed',
      error,
      trail: [{ role: evil, device: evil, place: evil, at: 1 }],
    })
    attempt.end('failed', { ...failure, hint: evil })
    story.end('m', 'failed', { lease: 'm-1', reasons: [evil] })
    story
      .end('n', 'lost', { reasons: [evil] })
      .add({ type: 'device:state', device: evil, host: 'h', state: 'offline', reason: evil })
    const text = shown(story)
    assert.match(text, /red/)
    assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202E/u)
  })

  it('uses colours only if asked to', () => {
    const colored = shown(everyVerdict(), { color: true })
    assert(colored.includes('\u001B[31mfailed  \u001B[39m test/fail.ts'), colored)
    // oxlint-disable-next-line no-control-regex -- that is what colours are made of
    assert.equal(colored.replaceAll(/\u001B\[\d+m/g, ''), shown(everyVerdict()))
  })
})
