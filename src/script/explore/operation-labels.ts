import type { OutgoingCommand } from '../command-interceptor.js'
import { callsOf } from '../call-sites.js'
import type { Operation, OperationKind } from '../../explore/operation.js'
import type { NetworkMessage } from '../network/network-message.js'

/** An operation before it is numbered. */
export type UnnumberedOperation = Pick<Operation, 'kind' | 'role' | 'entity'> & { label: string }

const server = 'server'

/** Commands that only look at a device. */
const readingCommands =
  /^(?:find|get|is[A-Z]|takeScreenshot|takeElementScreenshot|elementGet|browsingContext\.(?:getTree|locateNodes|captureScreenshot)|session\.|script\.(?:addPreload|getRealms))/
/** Those that run a script: WebdriverIO runs its own to look at elements. */
const scriptCommands = /^(?:executeScript|executeAsyncScript|script\.(?:callFunction|evaluate))$/
const scriptCalls = new Set(['execute', 'executeAsync', 'executeScript', 'executeAsyncScript'])

/** Whether a command changes nothing, so that its order makes no difference by itself. */
export function isReading({ command, scope }: OutgoingCommand): boolean {
  if (readingCommands.test(command)) return true
  if (!scriptCommands.test(command)) return false
  const called = scope && callsOf(scope.owner).lastCallSite?.called
  return called === undefined || !scriptCalls.has(called)
}

/** Whether a command runs a script in a page, which may wait for anything. */
export function isScript({ command }: OutgoingCommand): boolean {
  return scriptCommands.test(command)
}

/** What a command acts on that is no element: the path of a page. */
export function pathOf({ args }: OutgoingCommand): string | undefined {
  const url = args.map(urlOf).find(each => each !== undefined)
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined
}

function urlOf(argument: unknown): string | undefined {
  const url: unknown = typeof argument === 'object' && argument !== null ? Reflect.get(argument, 'url') : argument
  return typeof url === 'string' && /^[a-z]+:\/\//i.test(url) ? url : undefined
}

/** @param detail - what it acts on */
export function labelCommand(
  { role, command, branch }: OutgoingCommand,
  detail: string | undefined,
): UnnumberedOperation {
  const label = `${branchLabel(branch, role)}:${command}${detail === undefined ? '' : ` ${detail.replaceAll(/\s+/g, ' ')}`}`
  return { kind: 'command', role, entity: role, label }
}

/** A branch and the role that it acts on: `alice`, or `alice›carol`. */
export function branchLabel(branch: string, role: string): string {
  const names = branch === '' ? [] : branch.split(' › ')
  if (names.at(-1) !== role) names.push(role)
  return names.join('›')
}

export function labelMessage(role: string, message: NetworkMessage, isUp: boolean): UnnumberedOperation {
  const { kind, method = 'GET', path, type, url } = message
  const what: Record<OperationKind & NetworkMessage['kind'], string> = {
    request: `${method} ${path}`,
    response: `${method} ${path}`,
    open: `open ${path}`,
    close: `close ${path}`,
    connect: `connect ${url}`,
    sent: `sent ${path}${typeLabel(type)}`,
    received: `received ${path}${typeLabel(type)}`,
    event: `event ${path}${typeLabel(type)}`,
  }
  return { kind, role, entity: isUp ? server : role, label: `${role}${isUp ? '>' : '<'}${what[kind]}` }
}

/** What branches share in the test depends on the order of their checkpoints. */
export function labelCheckpoint(branch: string, role: string, name: string): UnnumberedOperation {
  const label = `${branchLabel(branch, role)}:checkpoint ${name.replaceAll(/\s+/g, ' ').trim()}`
  return { kind: 'checkpoint', role, entity: 'test', label }
}

/** By its milliseconds, unless they look random. */
export function labelTimer({ role, ms }: { role: string; ms: number }): UnnumberedOperation {
  return { kind: 'timer', role, entity: role, label: `${role}~timer${Number.isInteger(ms) ? ` ${ms}` : ''}` }
}

function typeLabel(type: string | undefined): string {
  return type === undefined ? '' : ` ${type.slice(0, 60)}`
}
