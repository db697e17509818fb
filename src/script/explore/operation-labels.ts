import { z } from 'zod'
import type { OutgoingCommand } from '../command-interceptor.js'
import { callsOf } from '../call-sites.js'
import type { Operation, OperationKind } from '../../explore/operation.js'
import type { NetworkMessage } from '../network/network-message.js'

/** An operation before it is numbered. */
export type UnnumberedOperation = Pick<Operation, 'kind' | 'role' | 'entity'> & { label: string }

/** The key under which WebDriver returns an element (W3C WebDriver, section 12). */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf'
const server = 'server'

const locateSchema = z.object({
  locator: z.object({ value: z.unknown() }),
  startNodes: z.array(z.unknown()).optional(),
})
const nodesSchema = z.object({ result: z.object({ nodes: z.array(z.unknown()) }) })

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

/** Knows by which selector each element of a device was found. */
export class ElementNames {
  readonly #selectors = new Map<string, string>()

  /** Remembers what a command has found. */
  remember({ command, args }: OutgoingCommand, result: unknown): void {
    if (command === 'browsingContext.locateNodes') return this.#rememberNodes(args[0], result)
    if (!command.startsWith('findElement') && command !== 'getActiveElement') return
    const isWithin = /FromElement|FromShadow/.test(command)
    const parent = isWithin ? this.#nameOf(args[0]) : undefined
    const own = selectorText(args[isWithin ? 2 : 1])
    const selector = [parent, own].filter(Boolean).join(' ')
    if (Array.isArray(result)) this.#addAll(result, selector)
    else this.#add(result, selector)
  }

  #rememberNodes(params: unknown, answer: unknown): void {
    const { locator, startNodes = [] } = locateSchema.parse(params)
    const parsed = nodesSchema.safeParse(answer)
    if (!parsed.success) return
    const selector = typeof locator.value === 'string' ? locator.value : JSON.stringify(locator.value)
    const parent = startNodes.map(node => this.#nameOf(node)).find(name => name !== undefined)
    this.#addAll(parsed.data.result.nodes, [parent, selector].filter(Boolean).join(' '))
  }

  /** The first of several is the one that `$` means. */
  #addAll(elements: readonly unknown[], selector: string): void {
    for (const [index, each] of elements.entries()) this.#add(each, index === 0 ? selector : `${selector}[${index}]`)
  }

  /** What a command acts on: the selector of an element, or a path. */
  detailOf({ command, args }: OutgoingCommand): string | undefined {
    const name = args.map(argument => this.#nameOf(argument)).find(each => each !== undefined)
    if (name !== undefined) return name
    if (command.startsWith('findElement')) return selectorText(args[1])
    const url = args.map(urlOf).find(each => each !== undefined)
    return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined
  }

  #add(element: unknown, selector: string): void {
    const id = elementId(element)
    if (id !== undefined && selector !== '') this.#selectors.set(id, selector)
  }

  #nameOf(argument: unknown): string | undefined {
    const id = typeof argument === 'string' ? argument : elementId(argument)
    return id === undefined ? undefined : this.#selectors.get(id)
  }
}

function selectorText(argument: unknown): string {
  return typeof argument === 'string' ? argument : ''
}

function elementId(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const id: unknown = Reflect.get(value, elementKey) ?? Reflect.get(value, 'sharedId')
  return typeof id === 'string' ? id : undefined
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

function typeLabel(type: string | undefined): string {
  return type === undefined ? '' : ` ${type.slice(0, 60)}`
}
