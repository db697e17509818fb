import { setImmediate as nextTurn } from 'node:timers/promises'
import { checkCell, type Cell } from './baton-cell.js'
import { branch } from './module-context.js'

/** One command on its way to a device: a WebDriver command, or a BiDi message. */
export interface GateCall {
  role: string
  /** WebDriver's or BiDi's own name: `elementClick`, `browsingContext.navigate`. */
  command: string
  args: readonly unknown[]
  /** The branch that sends it; undefined for what WebdriverIO sends by itself, e.g. on an event. */
  cell: Cell | undefined
}

/** Sees every command before it leaves; may hold it, may throw. */
export type Gate = <T>(call: GateCall, proceed: () => T | Promise<T>) => T | Promise<T>

let installed: Gate | undefined

/** Installs a gate, or opens it again where none is given. */
export function setGate(gate: Gate | undefined): void {
  installed = gate
}

const inFlight = new Set<Promise<unknown>>()

/** @throws BatonError where the branch must not act: its test is over, or its baton is shared */
export async function passGate<T>(call: Omit<GateCall, 'cell'>, proceed: () => T | Promise<T>): Promise<T> {
  const cell = branch.getStore()
  if (cell) checkCell(cell)
  const sent = Promise.resolve(installed ? installed({ ...call, cell }, proceed) : proceed())
  inFlight.add(sent)
  try {
    return await sent
  } finally {
    inFlight.delete(sent)
  }
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
