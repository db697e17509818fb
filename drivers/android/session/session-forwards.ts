import type { AdbPhone, Forward } from '../adb/adb-phone.js'
import { sessionRemotePorts } from './session-ports.js'

/** Where a webview is debugged. */
const devtoolsSocket = /^localabstract:.*_devtools_remote/

/**
 * Ports of this machine that sessions have led to a phone. A session that ends in order ends them itself; where its Appium
 * server died, nobody does. A forward to a webview that another program made while a session was open can't be told from
 * that session's own, and ends with it; those from before are left alone.
 */
export class SessionForwards {
  /** Of the last session that was about to open; undefined: none yet. */
  #last: { ports: ReadonlySet<string>; before: ReadonlySet<string> } | undefined

  constructor(private readonly phone: AdbPhone) {}

  /** A session is about to open: what the one before has left is ended. @param ports - that will lead to the phone */
  async sessionOpening(ports: readonly unknown[]): Promise<void> {
    await this.removeLast()
    const before = (await this.phone.listForwards()).filter(isToWebview).map(({ local }) => local)
    this.#last = {
      ports: new Set(ports.flatMap(port => (port === undefined ? [] : `tcp:${Number(port)}`))),
      before: new Set(before),
    }
  }

  /** Ends by force what the last session has. */
  async removeLast(): Promise<void> {
    const last = this.#last
    if (!last) return
    await this.#remove(
      forward => last.ports.has(forward.local) || (isToWebview(forward) && !last.before.has(forward.local)),
    )
  }

  /** Ends what a host that was killed has left: only on a phone that is this process's own, and has no session. */
  async removeStale(): Promise<void> {
    await this.#remove(({ remote }) => sessionRemotePorts.includes(remote))
  }

  /** adb ends a forward by its port alone, whichever phone is named: only those that lead to this one are given to it. */
  async #remove(isLeft: (forward: Forward) => boolean): Promise<void> {
    const left = (await this.phone.listForwards()).filter(isLeft)
    await Promise.allSettled(left.map(async ({ local }) => this.phone.removeForward(local)))
  }
}

function isToWebview({ remote }: Forward): boolean {
  return devtoolsSocket.test(remote)
}
