import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  nextPresence,
  type PhonePresence,
  type PresenceEffect,
  type PresenceEvent,
} from '../../../drivers/android/health/phone-presence.js'

const anyEvents = fc.array(fc.constantFrom<PresenceEvent>('attached', 'detached', 'answered', 'unanswered'))

function run(events: readonly PresenceEvent[]): { presence: PhonePresence; effects: PresenceEffect[] } {
  let presence: PhonePresence = 'detached'
  const effects: PresenceEffect[] = []
  for (const event of events) {
    const transition = nextPresence(presence, event)
    presence = transition.presence
    if (transition.effect) effects.push(transition.effect)
  }
  return { presence, effects }
}

describe('the presence of a phone', () => {
  it('is reported as lost exactly once between two arrivals', () => {
    fc.assert(
      fc.property(anyEvents, events => {
        const reports = run(events).effects.filter(effect => effect !== 'left')
        reports.forEach((report, index) => assert.equal(report === 'arrived', index % 2 === 0, reports.join(', ')))
      }),
    )
  })

  it('is usable if and only if the last report is an arrival', () => {
    fc.assert(
      fc.property(anyEvents, events => {
        const { presence, effects } = run(events)
        assert.equal(presence === 'usable', effects.at(-1) === 'arrived')
      }),
    )
  })

  it('has no dead end', () => {
    fc.assert(
      fc.property(anyEvents, events => {
        assert.equal(run([...events, 'detached']).presence, 'detached')
        assert.equal(run([...events, 'detached', 'attached']).presence, 'usable')
        assert.equal(run([...events, 'attached', 'answered']).presence, 'usable')
      }),
    )
  })

  it('ends with adb, even for a phone that froze before', () => {
    assert.deepEqual(run(['attached', 'unanswered', 'detached']), {
      presence: 'detached',
      effects: ['arrived', 'froze', 'left'],
    })
  })
})
