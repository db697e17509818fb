import assert from 'node:assert/strict'
import { formatStack } from '../../../src/report/format-stack.js'

describe('formatStack', () => {
  const own = new URL('../../../src/script/command-interceptor.js', import.meta.url)

  it('keeps the frames of the user, relative to the working directory', () => {
    const stack = [
      'Error: broken',
      'at the second line of the message',
      '    at click (file:///home/me/shop/test/pages/chat.ts:3:1)',
      `    at command (${own.href}:1:1)`,
      '    at x (/home/me/shop/node_modules/webdriverio/build/index.js:1:1)',
      '    at process.y (node:internal/process/task_queues:1:1)',
      'Caused by: Error: deeper',
      '    at /home/me/other/lib.ts:1:1',
    ].join('\n')
    assert.deepEqual(formatStack(stack, '/home/me/shop'), [
      'at click (test/pages/chat.ts:3:1)',
      'Caused by: Error: deeper',
      'at /home/me/other/lib.ts:1:1',
    ])
  })

  it('keeps foreign frames if there are no others', () => {
    assert.deepEqual(formatStack('    at x (node:fs:1:1)', '/home'), ['at x (node:fs:1:1)'])
  })

  it('keeps the cause of an error that has no frames itself', () => {
    const stack = 'BATON_DEADLOCK: all wait\nCaused by: Error: broke before the signal\n    at /home/m.ts:7:11'
    assert.deepEqual(formatStack(stack, '/home'), ['Caused by: Error: broke before the signal', 'at m.ts:7:11'])
  })

  it('returns nothing for a stack without frames', () => {
    assert.deepEqual(formatStack('Error: x', '/home'), [])
  })

  it('truncates a long stack', () => {
    assert.equal(formatStack('    at a (/b.ts:1:1)\n'.repeat(30), '/home').length, 10)
  })
})
