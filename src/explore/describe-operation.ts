import { parseOperationId, type OperationParts } from './operation-id.js'
import type { Hold, Schedule } from './schedule.js'

/** What commands do, in words, and how what they act on follows; others are called by their names. */
const commandWords: Readonly<Record<string, readonly [noun: string, preposition: string]>> = {
  elementClick: ['click', 'on'],
  elementSendKeys: ['typing', 'into'],
  elementClear: ['clearing', 'of'],
  navigateTo: ['navigation', 'to'],
  'browsingContext.navigate': ['navigation', 'to'],
  refresh: ['reload', 'of'],
  'browsingContext.reload': ['reload', 'of'],
  back: ['step back', 'from'],
  performActions: ['gesture', 'on'],
  'input.performActions': ['gesture', 'on'],
  executeScript: ['script', 'on'],
  'script.callFunction': ['script', 'on'],
}

/** An operation as a noun: `alice's response to POST /send`. Text that is not an id stays as it is. */
export function describeOperation(id: string): string {
  const parts = parseOperationId(id)
  if (!parts) return id
  const { role, kind, occurrence, target } = parts
  const own = `${role}'s ${occurrence > 1 && kind !== 'poll' ? `${ordinal(occurrence)} ` : ''}`
  switch (kind) {
    case 'command':
      return `${own}${commandOf(parts)}${branchNote(parts)}`
    case 'poll':
      return `check ${occurrence} of ${role}'s waits${branchNote(parts)}`
    case 'choice':
      return `${own}choose(${target ?? ''})${parts.value === undefined ? '' : ` = ${parts.value}`}${branchNote(parts)}`
    case 'checkpoint':
      return `${own}checkpoint ${target ?? ''}${branchNote(parts)}`
    case 'timer':
      return `${own}page timer${target === undefined ? '' : ` of ${target} ms`}`
    case 'request':
      return `${own}request ${requestOf(parts)}`
    case 'response':
      return `${own}response to ${requestOf(parts)}`
    case 'sent':
      return `${own}WebSocket message ${messageOf(parts)}`
    case 'received':
      return `the ${count(occurrence)}WebSocket message ${messageOf(parts)} to ${role}`
    case 'event':
      return `the ${count(occurrence)}event ${messageOf(parts)} to ${role}`
    case 'open':
      return `the ${count(occurrence)}opening of ${role}'s WebSocket ${target ?? ''}`
    case 'close':
      return `the ${count(occurrence)}closing of ${role}'s WebSocket ${target ?? ''}`
    case 'connect':
      return `${own}connection to ${target ?? ''}`
  }
  return id
}

/** That an operation has happened, as a clause: `alice's socket received read`. */
function describeEvent(id: string): string {
  const parts = parseOperationId(id)
  if (!parts) return `${id} has run`
  const { role, kind, occurrence, target } = parts
  const again = occurrence > 1 ? ` for the ${ordinal(occurrence)} time` : ''
  switch (kind) {
    case 'request':
      return `the server received ${role}'s ${requestOf(parts)}${again}`
    case 'response':
      return `${role} received the response to ${requestOf(parts)}${again}`
    case 'sent':
      return `the server received ${role}'s WebSocket message ${messageOf(parts)}${again}`
    case 'received':
      return `${role}'s socket received ${messageOf(parts)}${again}`
    case 'event':
      return `${role} received the event ${messageOf(parts)}${again}`
    case 'open':
    case 'close':
      return `${role}'s WebSocket ${target ?? ''} was ${kind === 'open' ? 'opened' : 'closed'}${again}`
    case 'connect':
      return `${role} was connected to ${target ?? ''}${again}`
    case 'poll':
      return `${role}'s waits have checked ${occurrence === 1 ? 'once' : `${occurrence} times`}`
    case 'checkpoint':
      return `${role} has passed checkpoint ${target ?? ''}${again}${branchNote(parts)}`
    case 'command':
    case 'timer':
    case 'choice':
      return `${describeOperation(id)} has run`
  }
  return `${id} has run`
}

/**
 * `hold alice's response to POST /send (chat.ts:12) until alice's socket received read (chat.ts:20)`
 * @param places - the lines that caused operations, as in `Schedule`
 */
export function describeHold({ operation, until }: Hold, places: Schedule['places'] = {}): string {
  const at = (id: string): string => (Object.hasOwn(places, id) ? ` (${places[id]})` : '')
  const choice = parseOperationId(until)
  if (choice?.kind === 'choice') return `let ${describeOperation(operation)} return ${choice.value ?? 0}${at(until)}`
  return `hold ${describeOperation(operation)}${at(operation)} until ${describeEvent(until)}${at(until)}`
}

/** The label of an operation in a picture, next to the lane of its device: `click on #send`, `POST /send`, `read`. */
export function labelOperation(id: string): string {
  const parts = parseOperationId(id)
  if (!parts) return id
  const { kind, occurrence, target, type } = parts
  const nth = occurrence > 1 && kind !== 'poll' ? ` #${occurrence}` : ''
  switch (kind) {
    case 'command':
      return commandOf(parts) + nth
    case 'request':
      return requestOf(parts) + nth
    case 'response':
      return `response ${requestOf(parts)}${nth}`
    case 'sent':
    case 'received':
    case 'event':
      return (type ?? target ?? '') + nth
    case 'open':
    case 'close':
    case 'connect':
      return `${kind} ${target ?? ''}${nth}`
    case 'choice':
      return `choose(${target ?? ''}) = ${parts.value ?? 0}${nth}`
    case 'checkpoint':
      return `checkpoint ${target ?? ''}${nth}`
    case 'timer':
      return `timer${target === undefined ? '' : ` ${target} ms`}${nth}`
    case 'poll':
      return 'check'
  }
  return id
}

function commandOf({ action = '', target }: OperationParts): string {
  const [noun, preposition] = commandWords[action] ?? [action, '']
  return target === undefined ? noun : [noun, preposition, target].filter(part => part !== '').join(' ')
}

function requestOf({ action, target }: OperationParts): string {
  return [action, target].filter(part => part !== undefined && part !== '').join(' ')
}

/** A message by its type; by its path if it has none. */
function messageOf({ type, target }: OperationParts): string {
  return type ?? `on ${target ?? ''}`
}

function branchNote({ branch }: OperationParts): string {
  return branch === undefined ? '' : ` (in ${branch}'s branch)`
}

function count(occurrence: number): string {
  return occurrence > 1 ? `${ordinal(occurrence)} ` : ''
}

function ordinal(number: number): string {
  const suffixes: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' }
  const isTeen = number % 100 > 10 && number % 100 < 14
  return `${number}${(isTeen ? undefined : suffixes[number % 10]) ?? 'th'}`
}
