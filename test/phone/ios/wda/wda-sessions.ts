import { randomUUID } from 'node:crypto'
import { ElementIds } from '../../webdriver/element-ids.js'
import { WebDriverError } from '../../webdriver/webdriver-error.js'
import type { Iphone } from '../iphone.js'

export interface WdaSession {
  id: string
  /** Bundle id of its app. */
  bundleId: string | undefined
  endsApp: boolean
  settings: Record<string, unknown>
}

/** WebDriverAgent has one session at a time: a second one ends the first. */
export class WdaSessions {
  current: WdaSession | undefined
  elements: ElementIds

  constructor(private readonly phone: Iphone) {
    this.elements = new ElementIds(() => phone.view())
  }

  open(capabilities: Readonly<Record<string, unknown>>): WdaSession {
    const { bundleId, forceAppLaunch, shouldTerminateApp, initialUrl } = capabilities
    const { apps } = this.phone
    const app = typeof bundleId === 'string' ? bundleId : undefined
    if (app !== undefined) {
      if (!apps.isInstalled(app)) throw new WebDriverError('invalid argument', `the app '${app}' is not installed`)
      if (forceAppLaunch !== false) apps.terminate(app)
      apps.activate(app)
    }
    if (typeof initialUrl === 'string') apps.open(initialUrl)
    this.elements = new ElementIds(() => this.phone.view())
    this.current = {
      id: randomUUID().toUpperCase(),
      bundleId: app,
      endsApp: shouldTerminateApp !== false,
      settings: {},
    }
    return this.current
  }

  close(): void {
    const { bundleId, endsApp } = this.current ?? {}
    if (bundleId !== undefined && endsApp === true) this.phone.apps.terminate(bundleId)
    this.current = undefined
  }

  /** @throws if the session has ended, or another one took its place */
  use(id: string): ElementIds {
    if (this.current?.id === id) return this.elements
    throw new WebDriverError('invalid session id', 'Session does not exist')
  }
}
