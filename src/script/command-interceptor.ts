import { setImmediate as nextTurn } from 'node:timers/promises'
import { withTimeout } from '../process/deadline.js'
import { branchName, findBranch } from './branch/branch.js'
import { assertNotHeld } from './branch/held-devices.js'
import { callsOf, recordSentCommand } from './call-sites.js'
import { describeCommand } from './call-places.js'
import { assertUsable, type DeviceScope } from './device-scope.js'
import { currentModule, insideCommand, scopeStorage } from './module-context.js'
import type { SentCommand } from './sent-command.js'
import { isStopError, throwStopError } from './stop-error.js'
import type { ModuleTrace } from './trace/module-trace.js'

/** One command on its way to a device: a WebDriver command or a BiDi message. */
export interface OutgoingCommand {
  role: string
  /** Its name in WebDriver or BiDi: `elementClick`, `browsingContext.navigate`. */
  command: string
  args: readonly unknown[]
  /** The scope that sends it; undefined for what WebdriverIO sends by itself, for example on an event. */
  scope: DeviceScope | undefined
  /** Name of the branch that sends it: `alice`, or `alice › bob`; empty for the main branch. */
  branch: string
}

type Command = Pick<OutgoingCommand, 'role' | 'command' | 'args'>

/** Sees every command before it is sent. It may delay it or throw; `proceed` sends it. */
export type CommandInterceptor = <T>(command: OutgoingCommand, proceed: () => T | Promise<T>) => T | Promise<T>

let interceptor: CommandInterceptor | undefined

/** Installs an interceptor for all commands of this process; undefined removes it. */
export function setCommandInterceptor(next: CommandInterceptor | undefined): void {
  interceptor = next
}

const pending = new Set<Promise<unknown>>()

/**
 * Sends a command, if the code that it comes from may act on the device.
 * @throws BatonError BATON_TEST_OVER, BATON_BRANCH_STOPPED or BATON_SHARED_BATON as `assertUsable`, BATON_DEVICE_HELD if
 *   another branch holds the device; and whatever `send` throws
 */
export async function sendCommand<T>(command: Command, send: () => T | Promise<T>): Promise<T> {
  try {
    return await intercept(command, send)
  } catch (error) {
    if (isStopError(error)) return await throwStopError(error)
    throw error
  }
}

async function intercept<T>(command: Command, send: () => T | Promise<T>): Promise<T> {
  const scope = scopeStorage.getStore()
  let record: SentCommand | undefined
  let traced: ReturnType<ModuleTrace['startCommand']> | undefined
  const admit = (): void => {
    if (!scope) return
    assertMaySend(scope, command)
    if (record) return
    record = recordSentCommand(scope.owner, command.role, command.command)
    traced = currentModule()?.trace?.startCommand({ ...command, sent: record, branch: branchOfScope(scope) })
  }
  const sendIfAllowed = (): T | Promise<T> => {
    admit()
    assertPageWasSent(command)
    return insideCommand.run(true, send)
  }
  try {
    const sent = Promise.resolve(interceptor ? delegate(interceptor, command, admit, sendIfAllowed) : sendIfAllowed())
    pending.add(sent)
    try {
      const result = await sent
      traced?.({ result })
      return result
    } finally {
      pending.delete(sent)
    }
  } catch (error) {
    traced?.({ error })
    addUrl(error, command)
    if (record) rememberPlace(error, record)
    throw error
  } finally {
    if (scope && record) callsOf(scope.owner).inFlight.delete(record)
  }
}

/** A browser shows a page of its own for a file that does not exist, so that no command fails. */
function assertPageWasSent(command: Command): void {
  const url = openedUrl(command)
  if (url?.startsWith('file:')) currentModule()?.assertPageWasSent(url)
}

/** A browser says why a page can't be loaded (`net::ERR_CONNECTION_REFUSED`), but not which. */
function addUrl(error: unknown, command: Command): void {
  const url = openedUrl(command)
  if (url === undefined || !(error instanceof Error) || error.message.includes(url)) return
  error.message = error.message.replace(/net::ERR_\w+/, fault => `${fault} at ${url}`)
}

function openedUrl({ command, args }: Command): string | undefined {
  const [first] = args
  const params = typeof first === 'object' && first !== null ? first : { url: first }
  if (!/^(navigateTo|browsingContext\.navigate)$/.test(command) || !('url' in params)) return undefined
  return typeof params.url === 'string' ? params.url : undefined
}

/** The error of a command may not lead to the script: what sent the command may have awaited it in another way. */
function rememberPlace(error: unknown, sent: SentCommand): void {
  const context = currentModule()
  context?.thrown.recordLater(error, () => describeCommand(context, sent).place)
}

/** Checked before and after: while an interceptor holds a command, its test may end or its branch be stopped. */
function delegate<T>(
  next: CommandInterceptor,
  command: Command,
  admit: () => void,
  proceed: () => T | Promise<T>,
): T | Promise<T> {
  admit()
  const scope = scopeStorage.getStore()
  return next({ ...command, scope, branch: scope ? branchOfScope(scope) : '' }, proceed)
}

/** Name of the branch that code in a scope belongs to; empty for the main branch. */
function branchOfScope({ owner }: DeviceScope): string {
  const branch = findBranch(owner)
  return branch ? branchName(branch) : ''
}

function assertMaySend(scope: DeviceScope, { role, command }: Command): void {
  assertUsable(scope)
  const branch = findBranch(scope.owner)
  if (!branch) return
  assertNotHeld(branch, role, command)
}

/** Whether there are commands that nobody awaited. */
export function hasPendingCommands(): boolean {
  return pending.size > 0
}

/**
 * Waits for commands that nobody awaited, so that their errors are still blamed on the module that sent them.
 * @param deadlineMs - milliseconds
 * @returns false if some are still pending at the deadline
 */
export async function waitForPendingCommands(deadlineMs: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs
  while (pending.size > 0) {
    const settled = Promise.allSettled(pending).then(() => true)
    if (!(await withTimeout(settled, deadline - performance.now(), () => false))) return false
    // Code that awaited them gets its turn, and may send the next command.
    await nextTurn()
  }
  return true
}
