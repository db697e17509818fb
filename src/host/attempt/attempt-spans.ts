import { isWatched, publishActivity } from '../../event/host-activity.js'
import { parseTraceparent, startSpan, type OpenSpan } from '../../event/span.js'
import type { AttemptVerdict } from '../../event/verdicts.js'
import type { GrantedDevice } from '../../lease/grant.js'
import type { AttemptTask } from './attempt.js'

/**
 * The spans of an attempt: the module, in it a span for each role, and in that one for making the role's session ready. They are
 * only made if somebody watches, and belong to the trace of the run, if it has one.
 */
export class AttemptSpans {
  readonly #module: OpenSpan | undefined
  readonly #roles: OpenSpan[] = []

  /** @param traceparent - of the run */
  constructor({ grant, module, attempt }: AttemptTask, host: string, traceparent: string | undefined) {
    if (!isWatched('span-ended')) return
    const attributes = {
      'baton.run': grant.run,
      'baton.module': module.file,
      'baton.attempt': attempt,
      'baton.host': host,
    }
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
    this.#module = startSpan(`module ${module.file}`, parent, attributes)
  }

  /** Measures how long a role's session takes to be ready. */
  async whileOpening<Offer>(role: string, { device, host }: GrantedDevice, open: () => Promise<Offer>): Promise<Offer> {
    if (!this.#module) return open()
    const attributes = { 'baton.role': role, 'baton.device': device, 'baton.host': host }
    const span = startSpan(`role ${role}`, this.#module, attributes)
    this.#roles.push(span)
    const session = startSpan('session', span, attributes)
    let hasFailed = true
    try {
      const offer = await open()
      hasFailed = false
      return offer
    } finally {
      endSpan(session, hasFailed)
    }
  }

  end(verdict: AttemptVerdict): void {
    if (!this.#module) return
    const hasFailed = verdict !== 'passed' && verdict !== 'skipped'
    for (const span of this.#roles) endSpan(span, hasFailed)
    endSpan({ ...this.#module, attributes: { ...this.#module.attributes, 'baton.verdict': verdict } }, hasFailed)
  }
}

function endSpan(span: OpenSpan, hasFailed: boolean): void {
  publishActivity('span-ended', { ...span, endMs: Date.now(), hasFailed })
}
