import { AsyncLocalStorage } from 'node:async_hooks'
import type { ScopeOwner } from './device-scope.js'
import { scopeStorage } from './module-context.js'
import type { CallSite, SentCommand } from './sent-command.js'
import { deepStack, withStackDepth } from './stack-depth.js'

/*
 * Where a script called WebdriverIO. By the time a command is sent, the script's line may be gone from the stack, so it
 * is captured at the call, for reports of failures and of where each branch was.
 */

/** The calls of one test, hook or branch. */
export interface OwnerCalls {
  /** Where the script last called WebdriverIO, if known. */
  lastCallSite: CallSite | undefined
  lastCommand: SentCommand | undefined
  /** Commands without an answer, oldest first. */
  readonly inFlight: Set<SentCommand>
  /** Waits that have not ended, such as `waitUntil`, oldest first: they also wait between their commands. */
  readonly waits: Set<CallSite>
}

const calls = new WeakMap<ScopeOwner, OwnerCalls>()

const lastCommands = new WeakMap<object, Map<string, SentCommand>>()

/** Role → the last command of a module to its device; cleared when a test begins. */
export function lastCommandsOf(module: object): Map<string, SentCommand> {
  const known = lastCommands.get(module)
  if (known) return known
  const none = new Map<string, SentCommand>()
  lastCommands.set(module, none)
  return none
}

const outerCallSites = new AsyncLocalStorage<CallSite[]>()

export function callsOf(owner: ScopeOwner): OwnerCalls {
  const known = calls.get(owner)
  if (known) return known
  const none = { lastCallSite: undefined, lastCommand: undefined, inFlight: new Set<never>(), waits: new Set<never>() }
  calls.set(owner, none)
  return none
}

/**
 * Runs a function of WebdriverIO that a script called; commands that it sends are reported as sent from here.
 * @param called - its name as in the script: `toHaveText`
 * @param selector - the text that it was called with, if it is a selector
 */
export function recordCallSite<T>(called: string, act: () => T, selector?: unknown): T {
  const owner = scopeStorage.getStore()?.owner
  if (!owner) return act()
  const site = captureStack(called)
  if (typeof selector === 'string') site.selector = selector
  callsOf(owner).lastCallSite = site
  return outerCallSites.run([site, ...(outerCallSites.getStore() ?? [])], act)
}

/** Like `recordCallSite`, for a function that also waits between its commands. */
export function recordWait<T>(called: string, act: () => Promise<T>): Promise<T> {
  return recordCallSite(called, async () => {
    const wait = openWait(outerCallSites.getStore()?.[0])
    try {
      return await act()
    } finally {
      wait.end()
    }
  })
}

/** Like `recordWait`, for `waitUntil`, which other functions of WebdriverIO call, too. */
export function recordWaitUntil(): { run: <T>(act: () => T) => T; end: () => void } {
  if (!scopeStorage.getStore()) return { run: act => act(), end: () => {} }
  const site = captureStack('waitUntil')
  const outer = outerCallSites.getStore() ?? []
  return { run: act => outerCallSites.run([site, ...outer], act), ...openWait(outer.at(-1) ?? site) }
}

/** Runs a test or hook. Mocha starts it inside the failed call of an earlier one if that threw where nobody caught it. */
export function withoutCallSites<T>(act: () => T): T {
  return outerCallSites.run([], act)
}

/** Returns the script's call that the running code belongs to, if any. */
export function outermostCallSite(): CallSite | undefined {
  return outerCallSites.getStore()?.at(-1)
}

function openWait(site: CallSite | undefined): { end: () => void } {
  const owner = scopeStorage.getStore()?.owner
  if (!site || !owner) return { end: () => {} }
  const { waits } = callsOf(owner)
  waits.add(site)
  return { end: () => void waits.delete(site) }
}

/**
 * Records a command that is about to be sent.
 * @returns the record, which the caller removes from `inFlight` when the command is answered
 */
export function recordSentCommand(owner: ScopeOwner, role: string, command: string): SentCommand {
  const own = callsOf(owner)
  const outer = outerCallSites.getStore() ?? []
  const callSite = captureStack()
  if (outer.length === 0) own.lastCallSite = callSite
  const last = own.lastCallSite && own.lastCallSite !== callSite ? [own.lastCallSite] : []
  own.lastCommand = { command, callSites: [callSite, ...outer, ...last], outermost: outer.at(-1) }
  own.inFlight.add(own.lastCommand)
  lastCommandsOf(owner.module).set(role, own.lastCommand)
  return own.lastCommand
}

/** Cheap: V8 formats the text only if it is read. */
function captureStack(called?: string): CallSite {
  const site: CallSite = called === undefined ? {} : { called }
  withStackDepth(deepStack, () => Error.captureStackTrace(site, captureStack))
  return site
}
