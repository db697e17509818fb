/** Whether a phone can be used: `detached` is not in adb's list, or not in the state `device`; `frozen` answers no shell. */
export type PhonePresence = 'detached' | 'usable' | 'frozen'

/** `attached` and `detached` come from adb, `answered` and `unanswered` from probing the phone's shell. */
export type PresenceEvent = 'attached' | 'detached' | 'answered' | 'unanswered'

/** What to do after a transition; `left`: a phone that was already reported as lost has been detached as well. */
export type PresenceEffect = 'arrived' | 'detached' | 'froze' | 'left'

export interface PresenceTransition {
  presence: PhonePresence
  effect?: PresenceEffect
}

const transitions: Record<PhonePresence, Record<PresenceEvent, PresenceTransition>> = {
  detached: {
    attached: { presence: 'usable', effect: 'arrived' },
    detached: { presence: 'detached' },
    // Probes that ended after the phone had left.
    answered: { presence: 'detached' },
    unanswered: { presence: 'detached' },
  },
  usable: {
    attached: { presence: 'usable' },
    detached: { presence: 'detached', effect: 'detached' },
    answered: { presence: 'usable' },
    unanswered: { presence: 'frozen', effect: 'froze' },
  },
  frozen: {
    attached: { presence: 'frozen' },
    detached: { presence: 'detached', effect: 'left' },
    answered: { presence: 'usable', effect: 'arrived' },
    unanswered: { presence: 'frozen' },
  },
}

/** The state table of a phone's presence. Pure. */
export function nextPresence(presence: PhonePresence, event: PresenceEvent): PresenceTransition {
  return transitions[presence][event]
}
