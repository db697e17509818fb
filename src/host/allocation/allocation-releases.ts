import type { ScheduleReply } from '../../lease/protocol/replies.js'
import type { EndedLease, HostLeases, Released } from '../../lease/host-leases.js'
import { commandsSent } from '../../lease/batch-commands.js'

interface Waiting {
  readonly ended: EndedLease
  readonly resolve: (released: Released) => void
  readonly reject: (error: unknown) => void
}

/** Leases in one script: enough to share the pass over the needs, few enough to keep it short. */
const MAX_RELEASES = 16

/**
 * Releases leases, one script at a time. Leases that end while a script runs, or at the same moment, share the next one. So a busy
 * farm's Redis does the work of one release for several, and on a quiet farm nothing waits.
 */
export class AllocationReleases {
  readonly #waiting: Waiting[] = []
  #busy = false

  constructor(
    private readonly leases: () => HostLeases,
    private readonly handle: (reply: ScheduleReply) => void,
  ) {}

  /** @throws Error if Redis fails: the lease then lapses */
  release(ended: EndedLease): Promise<Released> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ended, resolve, reject })
      if (this.#busy) return
      this.#busy = true
      void this.#work()
    })
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Results first: the script checks whether their queues are done. And all leases that end at this moment share it.
      await commandsSent()
      const batch = this.#waiting.splice(0, MAX_RELEASES)
      try {
        const { released, ...reply } = await this.leases().release(batch.map(({ ended }) => ended))
        this.handle(reply)
        batch.forEach(({ resolve }, i) => resolve(released[i] ?? { held: false, closed: false }))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#busy = false
  }
}
