import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { checkCell, type Cell } from './baton-cell.js'
import { branch, insideCommand } from './module-context.js'
import { isRefusal, refuse } from './refusal.js'
import { checkHeld, knownStrand, nameOfStrand, type CallSite, type Strand } from './branch/strand.js'

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
  const within = callSites.getStore() ?? []
  const from = takeStack()
  if (within.length === 0) strand.lastCall = from
  strand.lastCommand = { command, from, within: [...within, ...(strand.lastCall ? [strand.lastCall] : [])] }
}

const callSites = new AsyncLocalStorage<CallSite[]>()

/**
 * Runs a function of WebdriverIO that a script has called. By the time that its commands leave, the script's line may be gone from
 * their own stacks; they are told of as sent from here.
 * @param called - as the script knows it: `toHaveText`
 */
export function calledHere<T>(called: string, act: () => T): T {
  const strand = strandNow()
  if (!strand) return act()
  const site = takeStack(called)
  strand.lastCall = site
  return callSites.run([site, ...(callSites.getStore() ?? [])], act)
}

/** As `calledHere`, for a wait, which functions of WebdriverIO call themselves. */
export function waitHere(): <T>(act: () => T) => T {
  const strand = strandNow()
  if (!strand) return act => act()
  const sites = [takeStack('waitUntil'), ...(callSites.getStore() ?? [])]
  return act => callSites.run(sites, act)
}

function strandNow(): Strand | undefined {
  const cell = branch.getStore()
  return cell && knownStrand(cell.owner)
}

/** Its text is made only if somebody asks. */
function takeStack(called?: string): CallSite {
  const site: CallSite = called === undefined ? {} : { called }
  const { stackTraceLimit } = Error
  // The script's own line is many frames of WebdriverIO up.
  Error.stackTraceLimit = 60
  Error.captureStackTrace(site, takeStack)
  Error.stackTraceLimit = stackTraceLimit
  return site
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
