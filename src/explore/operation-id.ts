import type { OperationKind } from './operation.js'

/** What the id of an operation says. */
export interface OperationParts {
  kind: OperationKind
  /** Role of the device. */
  role: string
  /** Role of the branch, if it is not the device's own. */
  branch?: string
  /** Of a command: its name; of a request and its response: the method. */
  action?: string
  /** Of a command: a selector or the like; of a message: its path, or `host:port`; of a choice: how many values it has. */
  target?: string
  /** Of a choice, unless it means all of its values. */
  value?: number
  /** Type of a WebSocket message, name of an event. */
  type?: string
  /** Of a message: whether it goes from the device to a server. */
  isUp?: boolean
  /** Which one of those with the same name, from 1. */
  occurrence: number
}

const idPattern = /^(?<roles>[^:~<>]+)(?<mark>[:~<>])(?<rest>.*?)(?: #(?<occurrence>\d+))?$/s
const choicePattern = /^choose (?<count>\d+)(?: = (?<value>\d+))?$/
const messageKinds = new Set<OperationKind>(['open', 'sent', 'received', 'close', 'event', 'connect'])

/**
 * Reads an id: `alice:elementClick #send`, `alice~poll #3`, `alice~timer 2000`, `alice:choose 3 = 2`, `alice:choose 3`, `alice:checkpoint paid`,
 * `alice>POST /send`, `alice<POST /send #2`,
 * `bob<received /chat read`, `alice›carol:elementClick`.
 * @returns undefined if it is not the id of an operation
 */
export function parseOperationId(id: string): OperationParts | undefined {
  const { roles, mark, rest = '', occurrence } = idPattern.exec(id)?.groups ?? {}
  if (roles === undefined) return undefined
  const names = roles.split('›').map(name => name.trim())
  const role = names.at(-1) ?? roles
  const common = { role, ...(names.length > 1 && { branch: names.slice(0, -1).join(' › ') }) }
  const counted = { ...common, occurrence: occurrence === undefined ? 1 : Number(occurrence) }
  const [first = '', ...words] = rest.split(' ')
  const target = words.join(' ')
  if (mark === '~' && first === 'timer') return { kind: 'timer', ...counted, ...(target !== '' && { target }) }
  if (mark === '~') return { kind: 'poll', ...counted }
  const choice = mark === ':' ? choicePattern.exec(rest)?.groups : undefined
  if (choice?.['count'] !== undefined) {
    const { count, value } = choice
    return { kind: 'choice', ...counted, target: count, ...(value !== undefined && { value: Number(value) }) }
  }
  if (mark === ':' && first === 'checkpoint') return { kind: 'checkpoint', ...counted, target }
  if (mark === ':') return { kind: 'command', ...counted, action: first, ...(target !== '' && { target }) }
  const message = { ...counted, isUp: mark === '>' }
  const named = [...messageKinds].find(kind => kind === first)
  if (!named) return { kind: message.isUp ? 'request' : 'response', ...message, action: first, target }
  const [path = '', ...type] = words
  return { kind: named, ...message, target: path, ...(type.length > 0 && { type: type.join(' ') }) }
}

export function operationKindOf(id: string): OperationKind | undefined {
  return parseOperationId(id)?.kind
}

/** The choice that a value belongs to: `alice:choose 3 #2` of `alice:choose 3 = 1 #2`. */
export function choiceOf(id: string): string {
  return id.replace(/ = \d+(?= #\d+$|$)/, '')
}

/** An id without its number: `bob>POST /send` of `bob>POST /send #2`. */
export function labelOf(id: string): string {
  return id.replace(/ #\d+$/, '')
}
