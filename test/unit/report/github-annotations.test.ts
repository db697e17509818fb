import assert from 'node:assert/strict'
import { formatAnnotations } from '../../../src/report/github-annotations.js'
import { everyVerdict, failure, Story } from './events.js'

const options = { cwd: '/home/me/shop', workspace: '/home/me' }

function ofFailure(error: Partial<typeof failure>, title = 'delivers'): string[] {
  const story = new Story().start('chat')
  story
    .attempt('chat')
    .test(title, { state: 'failed', error: { ...failure, ...error } })
    .end('failed')
  story.end('chat', 'failed', { lease: 'chat-1' })
  return formatAnnotations(story.record(), options)
}

describe('annotations for GitHub', () => {
  it('name the place of the failure in the checkout, the test, the message and the device', () => {
    assert.deepEqual(ofFailure({}), [
      '::error file=shop/test/chat.ts,line=12,col=9,title=test/chat.ts%3A chat › delivers::' +
        'AssertionError: the message did not arrive%0Aactive device: bob',
    ])
  })

  it('name the place that the error knows, rather than the first frame', () => {
    const stack = '    at x (/home/me/lib/other.ts:1:2)'
    const ofPlace = (place: string): string => ofFailure({ stack, place })[0] ?? ''
    assert.match(ofPlace('test/chat.ts:5:7'), /^::error file=shop\/test\/chat\.ts,line=5,col=7,/)
    assert.match(ofPlace('/home/me/pages/a b.ts:5:7'), /^::error file=pages\/a b\.ts,line=5,col=7,/)
    assert.match(ofPlace('/elsewhere/a.ts:5:7'), /^::error file=lib\/other\.ts,line=1,col=2,/)
  })

  it('name the module if no frame is in the checkout', () => {
    const stacks = ['', '    at x (/elsewhere/a.ts:1:2)', '    at y (node:internal/z:1:1)']
    for (const stack of stacks) assert.match(ofFailure({ stack })[0] ?? '', /^::error file=shop\/test\/chat\.ts,title=/)
  })

  it('keep to one line for any text', () => {
    const evil = '100%\r\n::error::x\u001B[2J, a:b'
    const [line, ...more] = ofFailure({ message: evil, device: evil }, evil)
    assert.deepEqual(more, [])
    assert.doesNotMatch(line ?? '', /\p{Cc}/u)
    const [, properties = '', message] = /^::error (.*?)::(.*)$/.exec(line ?? '') ?? []
    assert.match(properties, /,title=test\/chat\.ts%3A chat › 100%25 ⏎ %3A%3Aerror%3A%3Ax%2C a%3Ab$/)
    assert.match(message ?? '', /^AssertionError: 100%25%0A::error::x, a:b%0Aactive device: 100%25%0A/)
  })

  it('report every failure and lost module, and warn about flaky ones', () => {
    const heads = formatAnnotations(everyVerdict().record(), options).map(line =>
      line.replace(/^::(\w+) .*title=(.*?)::.*$/, '$1 $2').replaceAll('%3A', ':'),
    )
    assert.deepEqual(heads, [
      'error test/fail.ts: chat › delivers',
      'warning test/flaky.ts: chat › opens (flaky)',
      'error test/lost.ts: lost',
      'error test/load.ts: the module itself',
      'error test/hook.ts: chat › "before all" hook',
      'error test/hangs.ts: while chat › waits for ever was running',
      'error test/crash.ts: interrupted',
    ])
  })
})
