import assert from 'node:assert/strict'
import { isBroken } from '../../../src/report/format-exploration.js'
import { applyEvent, newRunState } from '../../../src/report/run-state.js'
import { Story } from './events.js'

function isBrokenIn(story: Story): boolean {
  const state = newRunState()
  for (const event of story.events) applyEvent(state, event)
  const module = state.modules.get('m') ?? assert.fail('there is no such module')
  return isBroken(module)
}

describe('an explored module', () => {
  const error = { name: 'Error', message: 'no' }

  it('is broken if a test failed without being ordered', () => {
    const story = new Story().start('m')
    story.attempt('m').test('fails', { state: 'failed', error }).end('failed')
    assert.equal(isBrokenIn(story.end('m', 'failed', { lease: 'm-1' })), true)
  })

  it('is not broken if a device was lost, and a later attempt found a bug', () => {
    const story = new Story().start('m')
    story.attempt('m').end('infrastructure', error)
    story.attempt('m', 2).end('failed')
    assert.equal(isBrokenIn(story.end('m', 'failed', { attempts: 2, lease: 'm-2' })), false)
  })
})
