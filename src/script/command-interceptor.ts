import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { assertUsable, type DeviceScope } from './device-scope.js'
import { scopeStorage, insideCommand } from './module-context.js'
import { isStopError, throwStopError } from './stop-error.js'
import { assertNotHeld, findBranch, branchName, type CallSite, type Branch } from './branch/branch.js'

/** One command on its way to a device: a WebDriver command, or a BiDi message. */
export interface OutgoingCommand {
  role: string
  /** WebDriver's or BiDi's own name: `elementClick`, `browsingContext.navigate`. */
  command: string
  args: readonly unknown[]
  /** The branch that sends it; undefined for what WebdriverIO sends by itself, e.g. on an event. */
  scope: DeviceScope | undefined
  /** Name of the branch of `parallel` or `start`: `alice`, or `alice › bob`; empty for the test itself. */
  branch: string
}

/** Sees every command before it leaves; may hold it, may throw. */
export type CommandInterceptor = <T>(call: OutgoingCommand, proceed: () => T | Promise<T>) => T | Promise<T>

let installed: CommandInterceptor | undefined

/** Installs a gate, or opens it again where none is given. */
export function setCommandInterceptor(gate: CommandInterceptor | undefined): void {
  installed = gate
}

const inFlight = new Set<Promise<unknown>>()

/**
 * @throws BatonError where the branch must not act: its test is over, its baton is shared, it was stopped, or another
 *   branch holds the device
 */
export async function sendCommand<T>(
  call: Omit<OutgoingCommand, 'scope' | 'branch'>,
  proceed: () => T | Promise<T>,
): Promise<T> {
  try {
    return await pass(call, proceed)
  } catch (error) {
    if (isStopError(error)) return await throwStopError(error)
    throw error
  }
}

async function pass<T>(call: Omit<OutgoingCommand, 'scope' | 'branch'>, proceed: () => T | Promise<T>): Promise<T> {
  const scope = scopeStorage.getStore()
  if (scope) assertMaySend(scope, call)
  const sent = Promise.resolve(
    installed ? intercept(installed, call, scope, proceed) : insideCommand.run(true, proceed),
  )
  inFlight.add(sent)
  try {
    return await sent
  } finally {
    inFlight.delete(sent)
  }
}

/** Whoever was held is asked again: the test may be over by then, or the branch stopped. */
function intercept<T>(
  gate: CommandInterceptor,
  call: Omit<OutgoingCommand, 'scope' | 'branch'>,
  scope: DeviceScope | undefined,
  proceed: () => T | Promise<T>,
): T | Promise<T> {
  const branch = scope && findBranch(scope.owner)
  return gate({ ...call, scope, branch: branch ? branchName(branch) : '' }, () => {
    if (scope) assertMaySend(scope, call)
    return insideCommand.run(true, proceed)
  })
}

function assertMaySend(scope: DeviceScope, { role, command }: Pick<OutgoingCommand, 'role' | 'command'>): void {
  assertUsable(scope)
  const branch = findBranch(scope.owner)
  if (!branch) return
  assertNotHeld(branch, role, command)
  if (branch.role === undefined) return
  const within = callSites.getStore() ?? []
  const from = captureStack()
  if (within.length === 0) branch.lastCallSite = from
  branch.lastCommand = {
    command,
    callSite: from,
    outerCallSites: [...within, ...(branch.lastCallSite ? [branch.lastCallSite] : [])],
  }
}

const callSites = new AsyncLocalStorage<CallSite[]>()

/**
 * Runs a function of WebdriverIO that a script has called. By the time that its commands leave, the script's line may be gone from
 * their own stacks; they are told of as sent from here.
 * @param called - as the script knows it: `toHaveText`
 */
export function recordCallSite<T>(called: string, act: () => T): T {
  const branch = currentBranch()
  if (!branch) return act()
  const site = captureStack(called)
  branch.lastCallSite = site
  return callSites.run([site, ...(callSites.getStore() ?? [])], act)
}

/** As `recordCallSite`, for a wait, which functions of WebdriverIO call themselves. */
export function captureCallSite(): <T>(act: () => T) => T {
  const branch = currentBranch()
  if (!branch) return act => act()
  const sites = [captureStack('waitUntil'), ...(callSites.getStore() ?? [])]
  return act => callSites.run(sites, act)
}

function currentBranch(): Branch | undefined {
  const scope = scopeStorage.getStore()
  return scope && findBranch(scope.owner)
}

/** Its text is made only if somebody asks. */
function captureStack(called?: string): CallSite {
  const site: CallSite = called === undefined ? {} : { called }
  const { stackTraceLimit } = Error
  // The script's own line is many frames of WebdriverIO up.
  Error.stackTraceLimit = 60
  Error.captureStackTrace(site, captureStack)
  Error.stackTraceLimit = stackTraceLimit
  return site
}

/**
 * Waits for the commands that nobody awaited, so that what they lead to is still blamed on the module that sent them.
 * @param deadlineMs - milliseconds until they are given up
 * @returns whether all came to an end
 */
export async function waitForPendingCommands(deadlineMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<'late'>(resolve => {
    timer = setTimeout(resolve, deadlineMs, 'late')
  })
  try {
    while (inFlight.size > 0) {
      if ((await Promise.race([Promise.allSettled(inFlight), deadline])) === 'late') return false
      // What follows on them gets its turn: the next command, or the end.
      await nextTurn()
    }
    return true
  } finally {
    clearTimeout(timer)
  }
}
