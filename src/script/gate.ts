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

/** @throws BatonError where the branch must not act: its test is over, or its baton is shared */
export function passGate<T>(call: Omit<GateCall, 'cell'>, proceed: () => T | Promise<T>): T | Promise<T> {
  const cell = branch.getStore()
  if (cell) checkCell(cell)
  return installed ? installed({ ...call, cell }, proceed) : proceed()
}
