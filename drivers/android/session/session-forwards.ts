import type { AdbPhone, Forward } from '../adb/adb-phone.js'
import { sessionRemotePorts } from './session-ports.js'

/** Socket through which a webview is debugged. */
const devtoolsSocket = /^localabstract:.*_devtools_remote/

/**
 * Forwards that sessions have set up to a phone. A session that is deleted removes its own, unless its Appium
 * server died. A forward to a webview that another program set up during a session can't be distinguished from the session's own and is
 * removed too; older ones are left alone.
 */
export class SessionForwards {
  /** The last session that was about to open. */
  #last: { ports: ReadonlySet<string>; before: ReadonlySet<string> } | undefined

  constructor(private readonly phone: AdbPhone) {}

  /** A session is about to open: removes what the previous one has left. @param ports - local ports of the new session */
  async sessionOpening(ports: readonly unknown[]): Promise<void> {
    await this.removeLast()
    const before = (await this.phone.listForwards()).filter(isToWebview).map(({ local }) => local)
    this.#last = {
      ports: new Set(ports.flatMap(port => (port === undefined ? [] : `tcp:${Number(port)}`))),
      before: new Set(before),
    }
  }

  /** Removes the forwards of the last session. */
  async removeLast(): Promise<void> {
    const last = this.#last
    if (!last) return
    await this.#remove(
      forward => last.ports.has(forward.local) || (isToWebview(forward) && !last.before.has(forward.local)),
    )
  }

  /** Removes what a killed host has left. Only for a phone that this process has locked, and that has no session. */
  async removeStale(): Promise<void> {
    await this.#remove(({ remote }) => sessionRemotePorts.includes(remote))
  }

  /** adb removes a forward by its local port alone and ignores the phone that the request names, so only this phone's are removed. */
  async #remove(isLeft: (forward: Forward) => boolean): Promise<void> {
    const left = (await this.phone.listForwards()).filter(isLeft)
    await Promise.allSettled(left.map(async ({ local }) => this.phone.removeForward(local)))
  }
}

function isToWebview({ remote }: Forward): boolean {
  return devtoolsSocket.test(remote)
}
