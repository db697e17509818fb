import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { checkCell, type Cell } from './baton-cell.js'
import { branch, insideCommand } from './module-context.js'
import { isRefusal, refuse } from './refusal.js'
import { checkHeld, knownStrand, nameOfStrand } from './branch/strand.js'

/** One command on its way to a device: a WebDriver command, or a BiDi message. */
export interface GateCall {
  role: string
  /** WebDriver's or BiDi's own name: `elementClick`, `browsingContext.navigate`. */
  command: string
  args: readonly unknown[]
  /** The branch that sends it; undefined for what WebdriverIO sends by itself, e.g. on an event. */
  cell: Cell | undefined
  /** Name of the branch of `parallel` or `start`: `alice`, or `alice › bob`; empty for the test itself. */
  strand: string
}

/** Sees every command before it leaves; may hold it, may throw. */
export type Gate = <T>(call: GateCall, proceed: () => T | Promise<T>) => T | Promise<T>

let installed: Gate | undefined

/** Installs a gate, or opens it again where none is given. */
export function setGate(gate: Gate | undefined): void {
  installed = gate
}

const inFlight = new Set<Promise<unknown>>()

/**
 * @throws BatonError where the branch must not act: its test is over, its baton is shared, it was stopped, or another
 *   branch holds the device
 */
export async function passGate<T>(call: Omit<GateCall, 'cell' | 'strand'>, proceed: () => T | Promise<T>): Promise<T> {
  try {
    return await pass(call, proceed)
  } catch (error) {
    if (isRefusal(error)) return await refuse(error)
    throw error
  }
}

async function pass<T>(call: Omit<GateCall, 'cell' | 'strand'>, proceed: () => T | Promise<T>): Promise<T> {
  const cell = branch.getStore()
  if (cell) mayAct(cell, call)
  const sent = Promise.resolve(installed ? hold(installed, call, cell, proceed) : insideCommand.run(true, proceed))
  inFlight.add(sent)
  try {
    return await sent
  } finally {
    inFlight.delete(sent)
  }
}

/** Whoever was held is asked again: the test may be over by then, or the branch stopped. */
function hold<T>(
  gate: Gate,
  call: Omit<GateCall, 'cell' | 'strand'>,
  cell: Cell | undefined,
  proceed: () => T | Promise<T>,
): T | Promise<T> {
  const strand = cell && knownStrand(cell.owner)
  return gate({ ...call, cell, strand: strand ? nameOfStrand(strand) : '' }, () => {
    if (cell) mayAct(cell, call)
    return insideCommand.run(true, proceed)
  })
}

function mayAct(cell: Cell, { role, command }: Pick<GateCall, 'role' | 'command'>): void {
  checkCell(cell)
  const strand = knownStrand(cell.owner)
  if (!strand) return
  checkHeld(strand, role, command)
  if (strand.role === undefined) return
  const waits = waiting.getStore() ?? []
  const { lastCommand } = strand
  // The last one that no wait sent: it looked the element up, say, that is waited for.
  const before = waits.length > 0 && lastCommand ? [lastCommand.waits.at(-1) ?? lastCommand.from] : []
  strand.lastCommand = { command, from: takeStack(), waits: [...waits, ...before] }
}

const waiting = new AsyncLocalStorage<{ stack?: string }[]>()

/** Runs the condition of a wait; what it sends is told of as sent from where the wait was begun. */
export function inWait<T>(from: { stack?: string }, condition: () => T): T {
  return waiting.run([from, ...(waiting.getStore() ?? [])], condition)
}

/** Its text is made only if somebody asks. */
export function takeStack(): { stack?: string } {
  const holder: { stack?: string } = {}
  const { stackTraceLimit } = Error
  // The script's own line is many frames of WebdriverIO up.
  Error.stackTraceLimit = 60
  Error.captureStackTrace(holder, takeStack)
  Error.stackTraceLimit = stackTraceLimit
  return holder
}

/**
 * Waits for the commands that nobody awaited, so that what they lead to is still blamed on the module that sent them.
 * @param deadlineMs - milliseconds until they are given up
 * @returns whether all came to an end
 */
export async function commandsEnded(deadlineMs: number): Promise<boolean> {
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
