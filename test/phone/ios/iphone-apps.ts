import { once } from 'node:events'
import { connect } from 'node:net'
import { ChatApp } from '../chat/chat-app.js'
import { chatPackage } from '../chat/chat-state.js'
import { homeScreen } from '../screen/system-screens.js'
import type { View } from '../screen/view.js'
import type { App } from '../system/app.js'

/** States of an app, as WebDriverAgent numbers them (XCUIApplicationState). */
export const appStates = { notRunning: 1, runningInBackground: 3, runningInForeground: 4 } as const

export const homeBundleId = 'com.apple.springboard'

interface RunningApp {
  bundleId: string
  pid: number
  app: App
}

/** The apps of one iPhone: only the chat is installed. An app keeps its data when it is terminated. */
export class IphoneApps {
  readonly #running = new Map<string, RunningApp>()
  readonly #data = new Map<string, string>()
  /** The last link that was opened. */
  lastLink: string | undefined
  #front: string | undefined
  #lastPid = 400

  constructor(
    private readonly phoneName: string,
    private readonly behavior: { readonly keepsName: boolean },
  ) {}

  get front(): { bundleId: string; pid: number } {
    const running = this.#front === undefined ? undefined : this.#running.get(this.#front)
    return running ?? { bundleId: homeBundleId, pid: 1 }
  }

  isInstalled(bundleId: string): boolean {
    return bundleId === chatPackage
  }

  stateOf(bundleId: string): number {
    if (bundleId === this.front.bundleId) return appStates.runningInForeground
    return this.#running.has(bundleId) ? appStates.runningInBackground : appStates.notRunning
  }

  /** Starts an app, or brings it to the front if it is running. */
  activate(bundleId: string): void {
    if (!this.#running.has(bundleId)) {
      this.#running.set(bundleId, { bundleId, pid: (this.#lastPid += 1), app: this.#create() })
    }
    this.#front = bundleId
  }

  /** Opens a link. The chat claims all links to web servers, as an app with universal links does. */
  open(link: string): void {
    this.lastLink = link
    this.activate(chatPackage)
    this.#running.get(chatPackage)?.app.open({ link, extras: {} })
  }

  /** @returns whether it was running */
  terminate(bundleId: string): boolean {
    const running = this.#running.get(bundleId)
    running?.app.stop()
    this.#running.delete(bundleId)
    if (this.#front === bundleId) this.#front = undefined
    return running !== undefined
  }

  terminateAll(): void {
    for (const bundleId of this.#running.keys()) this.terminate(bundleId)
  }

  home(): void {
    this.#front = undefined
  }

  view(): View {
    const running = this.#front === undefined ? undefined : this.#running.get(this.#front)
    return running?.app.view() ?? homeScreen(this.phoneName)
  }

  #create(): App {
    return new ChatApp({
      version: '1.0',
      data: this.#data,
      behavior: this.behavior,
      log: () => {},
      connect: async (host, port) => {
        const socket = connect(port, host)
        await once(socket, 'connect')
        return socket
      },
    })
  }
}
