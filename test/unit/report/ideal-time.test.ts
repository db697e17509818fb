import assert from 'node:assert/strict'
import { idealTime } from '../../../src/report/ideal-time.js'
import type { ModuleListing } from '../../../src/event/run-event.js'
import { Story } from './events.js'

/** Modules with the devices that they ran on, each for so many seconds. */
function idealOf(
  modules: { seconds: number; on: string[]; byName?: boolean; selectors?: string }[],
  interrupted?: string,
) {
  const story = new Story()
  const listings = modules.map(({ on, byName, selectors = 'phone' }, index): ModuleListing => {
    const roles = Object.fromEntries(on.map(device => [device, byName ? `name=${device}` : selectors]))
    return { id: `m${index}`, file: `m${index}.ts`, firstRole: on[0] ?? '', roles }
  })
  story.add({ type: 'run:start', version: 1, run: 'r', modules: listings, options: {} })
  for (const [index, { seconds, on }] of modules.entries()) {
    const ref = { module: `m${index}`, lease: `l${index}`, attempt: 1 }
    const devices = Object.fromEntries(on.map(device => [device, device]))
    story.add({ type: 'attempt:start', host: 'lab', devices, ...ref })
    const counts = { passed: 1, failed: 0, pending: 0 }
    story.add({ type: 'attempt:end', verdict: 'passed', durationMs: seconds * 1_000, counts, ...ref })
    story.end(`m${index}`, 'passed', { lease: `l${index}` })
  }
  story.add({ type: 'run:end', exitCode: 0, durationMs: 1, ...(interrupted && { interrupted }) })
  return idealTime(story.record())
}

describe('the ideal time of a run', () => {
  it('is the device time divided evenly', () => {
    assert.equal(idealOf([1, 2, 3, 4].map(seconds => ({ seconds, on: [seconds % 2 ? 'a' : 'b'] }))), 5_000)
  })

  it('counts every device of a module', () => {
    const both = { seconds: 2, on: ['a', 'b'] }
    assert.equal(idealOf([both, both, { seconds: 2, on: ['a'] }]), 5_000)
  })

  it('is not less than the longest module', () => {
    const short = ['b', 'c'].map(device => ({ seconds: 1, on: [device] }))
    assert.equal(idealOf([{ seconds: 9, on: ['a'] }, ...short]), 9_000)
  })

  it('is not less than the time of all modules that name one device', () => {
    const named = { seconds: 4, on: ['a'], byName: true }
    assert.equal(idealOf([named, named, { seconds: 1, on: ['b'] }]), 8_000)
  })

  it('treats a device that has a backup as one of several', () => {
    const named = { seconds: 4, on: ['a'], selectors: 'name=a,,name=b' }
    assert.equal(idealOf([named, named, { seconds: 1, on: ['b'] }]), 4_500)
  })

  it('is undefined for one module, and for a run that was stopped or killed', () => {
    const one = { seconds: 1, on: ['a'] }
    assert.equal(idealOf([one]), undefined)
    assert.equal(idealOf([one, one], 'SIGINT'), undefined)
    const killed = new Story().start('m', 'n')
    for (const id of ['m', 'n']) killed.attempt(id).end('passed')
    assert.equal(idealTime(killed.record()), undefined)
  })
})
