import { DEFAULTS, getEnvironmentVars, getPrototype, initiateBidi, parseBidiMessage, WebDriver } from 'webdriver'
import { sessionEnvironmentDetector, webdriverMonad } from '@wdio/utils'
import { BatonError } from '../error/baton-error.js'
import { abortableWaitUntil } from './abort-on-stop.js'
import { guardBidi, type BidiHandler } from './bidi-guard.js'
import { sendCommand } from './command-interceptor.js'
import { deviceOf } from './gateway-agent.js'
import { forgetMocks, notedMocks, noteMockListeners } from './mocks.js'
import { scopeStorage, type Browser } from './module-context.js'
import { puppeteerOfProject } from './project-puppeteer.js'
import { withServerReferences } from './server-references.js'

/** What `attachRole` adds to the options of `remote`. */
export interface RoleOptions {
  batonRole: string
  batonInspect: boolean
  /** The session that the host has opened. */
  batonSession: { id: string; capabilities: WebdriverIO.Capabilities }
}

type SessionOptions = Omit<Parameters<typeof WebDriver.newSession>[0], 'capabilities'> &
  RoleOptions & { capabilities: WebdriverIO.Capabilities }
type NewSession = Parameters<typeof WebDriver.newSession>
type Environment = ReturnType<typeof sessionEnvironmentDetector>
type Command = (this: unknown, ...args: unknown[]) => unknown
type BidiClient = Browser & { _bidiHandler?: BidiHandler }

/**
 * WebdriverIO's `automationProtocol`: the WebDriver client, with every command sent through the command interceptor. It
 * wraps each function of the protocol's prototype, and the BiDi handler's `send`. WebdriverIO's hook `beforeCommand`
 * misses commands when two branches run at the same time.
 */
const interceptedDriver = {
  /**
   * Does what `WebDriver.newSession` does once the server has answered. `WebDriver.attachToSession` would leave out a part
   * of it: requested capabilities, options, the list of commands without an implicit wait.
   */
  async newSession(
    options: SessionOptions,
    modifier?: NewSession[1],
    userPrototype: PropertyDescriptorMap = {},
    commandWrapper?: NewSession[3],
    commandsWithoutWait: string[] = [],
  ): Promise<Browser> {
    const { capabilities, id } = options.batonSession
    const requestedCapabilities = { ...options.capabilities }
    const environment = sessionEnvironmentDetector({ capabilities, requestedCapabilities })
    const params = { ...webdriverOptions(options), capabilities, requestedCapabilities }
    const bidi = bidiPrototype(options)
    const prototype = {
      ...withServerReferences({
        ...interceptedCommands(options.batonRole, environment, capabilities),
        ...userPrototype,
      }),
      ...getEnvironmentVars(environment),
      ...abortableWaitUntil(userPrototype),
      ...puppeteerOfProject(userPrototype),
      ...notedMocks(userPrototype),
      ...(options.batonInspect ? {} : { debug: { value: refuseDebug, configurable: true } }),
      ...bidi,
    }
    rememberCommandsWithoutWait(commandsWithoutWait)
    const create = webdriverMonad(params, modifier, prototype) as (...args: unknown[]) => BidiClient
    const client = create(id, commandWrapper, commandsWithoutWait)
    roleOfBrowser.set(client, options.batonRole)
    noteMockListeners(client)
    const handler = client._bidiHandler
    if (handler && (await handler.waitForConnected())) handler.socket?.on('message', parseBidiMessage.bind(client))
    return client
  },

  /** Called after `deleteSession`: the gateway resets the device, and answers with its session. */
  async reloadSession(browser: Browser, wanted?: WebdriverIO.Capabilities): Promise<string> {
    const role = roleOfBrowser.get(browser) ?? ''
    const capabilities = wanted && ofSameBrowser(browser, role, wanted)
    forgetMocks(browser)
    // Outside any scope: what WebdriverIO does later on events of the new socket belongs to no test.
    const reload = (): Promise<string> =>
      scopeStorage.run(undefined, () => WebDriver.reloadSession(browser as never, capabilities))
    return await sendCommand({ role, command: 'newSession', args: [wanted] }, reload)
  },
}

// oxlint-disable-next-line import/no-default-export -- WebdriverIO imports the default of an automationProtocol
export { interceptedDriver as default }

const roleOfBrowser = new WeakMap<object, string>()

/** WebdriverIO's own list, which custom commands of a module are added to. */
let withoutWait: { list: string[]; initial: readonly string[] } | undefined

function rememberCommandsWithoutWait(list: string[]): void {
  withoutWait ??= { list, initial: [...list] }
}

/** Removes what a module's `addCommand(…, { disableElementImplicitWait: true })` has left in this process. */
export function restoreImplicitWaits(): void {
  withoutWait?.list.splice(0, Infinity, ...withoutWait.initial)
}

/** The options that `WebDriver.newSession` keeps, with its defaults. `remote` adds its own. */
function webdriverOptions(options: object): Record<string, unknown> {
  const kept = Object.entries<{ default?: unknown }>(DEFAULTS).map(([name, { default: preset }]) => {
    const value: unknown = Reflect.get(options, name)
    return [name, value ?? preset] as const
  })
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined))
}

function bidiPrototype({ batonSession, batonRole, headers, strictSSL, bidiResponseTimeout }: SessionOptions) {
  const url: unknown = batonSession.capabilities.webSocketUrl
  if (typeof url !== 'string') return {}
  const prototype = initiateBidi(url, strictSSL, headers, bidiResponseTimeout)
  guardBidi(prototype['_bidiHandler']?.value as BidiHandler, { role: batonRole, device: deviceOf(headers) })
  return prototype
}

/** The commands of each kind of session, cached: merging the protocols takes milliseconds. */
const commandsByKind = new Map<string, [command: string, descriptor: PropertyDescriptor][]>()

function commandsOf(environment: Environment): [command: string, descriptor: PropertyDescriptor][] {
  const kind = JSON.stringify(environment)
  const commands = commandsByKind.get(kind) ?? Object.entries<PropertyDescriptor>(getPrototype(environment))
  commandsByKind.set(kind, commands)
  return commands
}

function interceptedCommands(role: string, environment: Environment, capabilities: object): PropertyDescriptorMap {
  const intercepted: PropertyDescriptorMap = {}
  for (const [command, descriptor] of [...commandsOf(environment), ...downloadCommands(capabilities, environment)]) {
    const send = descriptor.value as Command
    intercepted[command] = {
      value(this: unknown, ...args: unknown[]) {
        return sendCommand({ role, command, args }, () => send.apply(this, args))
      },
    }
  }
  return intercepted
}

/** Selenium's commands for downloaded files, which a gateway answers. WebdriverIO knows them for Selenium only. */
function downloadCommands(capabilities: object, environment: Environment): ReturnType<typeof commandsOf> {
  if (!('se:downloadsEnabled' in capabilities)) return []
  const names = ['getDownloadableFiles', 'download', 'deleteDownloadableFiles']
  return commandsOf({ ...environment, isSeleniumStandalone: true }).filter(([command]) => names.includes(command))
}

/** With a `browserName`, WebdriverIO would look for a driver of that browser on this machine. */
function ofSameBrowser(browser: Browser, role: string, wanted: WebdriverIO.Capabilities): WebdriverIO.Capabilities {
  const { browserName, ...others } = wanted
  const own = browser.requestedCapabilities as WebdriverIO.Capabilities
  if (browserName === undefined || browserName === own.browserName) return { ...own, ...others }
  const found = own.browserName === undefined ? 'has no browser' : `has the browser '${own.browserName}'`
  const message = `browser.reloadSession() asked for the browser '${browserName}', but the device of '${role}' ${found}`
  throw new BatonError('BATON_SESSION_OWNED', message, { hint: 'use a role whose device has that browser' })
}

async function refuseDebug(): Promise<never> {
  const message = 'browser.debug() was called, but it would wait forever in this run'
  throw new BatonError('BATON_DEBUG_REFUSED', message, { hint: 'run the module with --inspect' })
}
