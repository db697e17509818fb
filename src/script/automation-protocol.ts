import { getPrototype, WebDriver, type AttachOptions, type Client } from 'webdriver'
import { sessionEnvironmentDetector } from '@wdio/utils'
import { BatonError } from '../error/baton-error.js'
import { guardBidi, type BidiHandler } from './bidi-guard.js'
import { sendCommand } from './command-interceptor.js'
import { withServerReferences } from './server-references.js'

/**
 * WebdriverIO's `automationProtocol`: the WebDriver client, with every command sent through the command interceptor. It
 * wraps each function of the protocol's prototype, and the BiDi handler's `send`. WebdriverIO's hook `beforeCommand`
 * misses commands when two branches run at the same time.
 */
const interceptedDriver = {
  attachToSession(
    options: InterceptedOptions,
    modifier?: (client: unknown) => unknown,
    userPrototype: PropertyDescriptorMap = {},
    commandWrapper?: (...args: unknown[]) => unknown,
  ): Client {
    const commands = withServerReferences({ ...interceptedCommands(options), ...userPrototype })
    const prototype = { ...commands, ...refusedCommands(options.batonInspect) }
    const client = WebDriver.attachToSession(options, modifier, prototype, commandWrapper)
    const handler = (client as { _bidiHandler?: BidiHandler })._bidiHandler
    if (handler) guardBidi(handler, options.batonRole)
    return client
  },

  newSession(): never {
    throw sessionOwnedError('newSession()')
  },

  reloadSession(): never {
    throw sessionOwnedError('reloadSession()')
  },
}

/** What `attachRole` adds to WebdriverIO's options. */
export interface InterceptedOptions extends AttachOptions {
  batonRole: string
  batonInspect: boolean
}

// oxlint-disable-next-line import/no-default-export -- WebdriverIO imports the default of an automationProtocol
export { interceptedDriver as default }

type Command = (this: unknown, ...args: unknown[]) => unknown

type Environment = ReturnType<typeof sessionEnvironmentDetector>

/** The commands of each kind of session, cached: merging the protocols takes milliseconds. */
const commandsByKind = new Map<string, [command: string, descriptor: PropertyDescriptor][]>()

function commandsOf(environment: Environment): [command: string, descriptor: PropertyDescriptor][] {
  const kind = JSON.stringify(environment)
  const commands = commandsByKind.get(kind) ?? Object.entries<PropertyDescriptor>(getPrototype(environment))
  commandsByKind.set(kind, commands)
  return commands
}

function interceptedCommands(options: InterceptedOptions): PropertyDescriptorMap {
  const capabilities = options.capabilities ?? {}
  const environment = sessionEnvironmentDetector({ capabilities, requestedCapabilities: capabilities })
  const gated: PropertyDescriptorMap = {}
  for (const [command, descriptor] of [...commandsOf(environment), ...downloadCommands(capabilities, environment)]) {
    if (typeof descriptor.value !== 'function') continue
    gated[command] = { ...descriptor, value: intercept(options.batonRole, command, descriptor.value as Command) }
  }
  return gated
}

/** Selenium's commands for downloaded files, which a gateway answers. WebdriverIO knows them for Selenium only. */
function downloadCommands(capabilities: object, environment: Environment): ReturnType<typeof commandsOf> {
  if (!('se:downloadsEnabled' in capabilities)) return []
  const names = ['getDownloadableFiles', 'download', 'deleteDownloadableFiles']
  return commandsOf({ ...environment, isSeleniumStandalone: true }).filter(([command]) => names.includes(command))
}

function intercept(role: string, command: string, send: Command): Command {
  return function (this: unknown, ...args: unknown[]) {
    return sendCommand({ role, command, args }, () => send.apply(this, args))
  }
}

function refusedCommands(inspect: boolean): PropertyDescriptorMap {
  const refuse = (error: () => BatonError): PropertyDescriptor => ({
    value: () => Promise.reject(error()),
    configurable: true,
  })
  return {
    deleteSession: refuse(() => sessionOwnedError('deleteSession()')),
    reloadSession: refuse(() => sessionOwnedError('reloadSession()')),
    ...(inspect ? {} : { debug: refuse(debugRefusedError) }),
  }
}

function sessionOwnedError(what: string): BatonError {
  return new BatonError('BATON_SESSION_OWNED', `browser.${what} was called, but the session belongs to Baton`, {
    hint: 'remove the call: Baton opens the session before the module and resets the device after it',
  })
}

function debugRefusedError(): BatonError {
  return new BatonError('BATON_DEBUG_REFUSED', 'browser.debug() was called, but it would wait forever in this run', {
    hint: 'run the module with --inspect',
  })
}
