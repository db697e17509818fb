import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import type { BranchEnd } from '../../event/run-event.js'
import { lendBaton, type Cell } from '../baton-cell.js'
import { breakBarriersWithout } from './barrier-rounds.js'
import { noteFailure } from './branch-failures.js'
import { lookForDeadlock } from './deadlock.js'
import { branch, outsideOfTests, type Browser } from '../module-context.js'
import { requireRole } from '../require-role.js'
import {
  addStrand,
  checkHeld,
  isWithin,
  nameOfStrand,
  type Ensemble,
  type Strand,
  type StrandGroup,
  type Wait,
} from './strand.js'

/** What runs on a device of its own; gets that device's browser. */
export type BranchFunction<T = unknown> = (browser: Browser) => T | Promise<T>

export interface BranchOrder {
  role: string
  run: BranchFunction
}

/** One branch that has been begun. */
export interface BegunBranch {
  strand: Strand
  /** Never rejects. */
  ended: Promise<{ value: unknown } | { error: unknown }>
}

/**
 * Begins branches, all or none.
 * @throws BatonError BATON_BRANCH_USAGE, BATON_DEVICE_UNKNOWN, BATON_DEVICE_HELD
 */
export function beginBranches(
  caller: Strand,
  cell: Cell,
  call: StrandGroup['call'],
  orders: readonly BranchOrder[],
  place: SourceLocation | undefined,
): BegunBranch[] {
  const { context } = caller.ensemble
  const taken = new Set<string>()
  for (const { role, run } of orders) {
    const act = `${call} of '${role}'`
    requireRole(context, role, place, act)
    checkHeld(caller, role, act, place)
    if (typeof run !== 'function') throw usage(`${act} was given no function`, place)
    if (taken.has(role)) throw usage(`${call} names '${role}' twice; a device can be in one branch at a time`, place)
    taken.add(role)
  }
  const group: StrandGroup = { call, strands: [] }
  const strands = orders.map(({ role }) => {
    const own = lendBaton(cell, role, { ...cell.owner })
    return addStrand({ role, place, parent: caller, ensemble: caller.ensemble, group, cell: own })
  })
  // All are there before the first one runs: a barrier knows whom it waits for.
  return strands.map((strand, index) => ({ strand, ended: runStrand(strand, orders[index]?.run) }))
}

export function usage(message: string, place: SourceLocation | undefined, hint?: string): BatonError {
  return new BatonError('BATON_BRANCH_USAGE', message, { ...(place ? { place } : {}), ...(hint ? { hint } : {}) })
}

/** @throws BatonError BATON_BRANCH_USAGE where a `timeout` is none, as one of plain JavaScript may be */
export function checkTimeout(timeout: number | undefined, act: string, place: SourceLocation | undefined): void {
  if (timeout === undefined || (Number.isFinite(timeout) && timeout > 0)) return
  throw usage(`${act}: expected a timeout in milliseconds, above 0, found ${String(timeout)}`, place)
}

function runStrand(strand: Strand, run: BranchFunction | undefined): BegunBranch['ended'] {
  const { cell, role = '' } = strand
  const { context } = strand.ensemble
  const browser = context.roles.get(role)?.browser as Browser
  tell(strand, 'branch:start')
  context.notePass(role, strand.place && formatLocation(strand.place))
  // Its promise is made in the branch; what follows on it is not the branch's.
  const result = branch.run(cell, async () => await run?.(browser))
  return outsideOfTests(async () => {
    try {
      const value = await result
      const forgotten = notAwaited(strand)
      if (forgotten) throw forgotten
      endStrand(strand, 'passed')
      return { value }
    } catch (error) {
      const isBrokenOff = wasBrokenOff(strand, error)
      if (!isBrokenOff) {
        noteFailure(error, strand)
        strand.failure = { error }
        // Before its end breaks barriers: that the others are stopped says more.
        if (strand.group?.call === 'parallel()') stopOthers(strand, strand.group.strands)
      }
      endStrand(strand, isBrokenOff ? 'stopped' : 'failed')
      return { error }
    }
  })
}

/** Whether its error only follows from its stop: until something was refused, what it throws is its own. */
function wasBrokenOff(strand: Strand, error: unknown): boolean {
  const { live, root } = strand.ensemble
  if (root.state !== 'live') return true
  const isRefusal = error instanceof BatonError && error.code === 'BATON_BRANCH_STOPPED'
  const above = [...live].filter(each => isWithin(strand, each))
  return above.some(({ cell }) => cell.stopped) && (isRefusal || above.some(({ stoppedAt }) => stoppedAt))
}

/** Stops the branches that were begun, or are awaited, together with one that has failed. */
export function stopOthers(failed: Strand, together: readonly Strand[]): void {
  for (const other of together) if (other !== failed) stopStrand(other, `'${nameOfStrand(failed)}' has failed`)
}

/** Why a strand, or a test, must not end well: branches that it began and nobody awaited. */
export function notAwaited(strand: Strand): BatonError | undefined {
  const forgotten = strand.ensemble.strands.filter(
    ({ parent, state, awaited }) => parent === strand && (state === 'live' || !awaited),
  )
  const [first] = forgotten
  if (!first) return undefined
  const all = forgotten
    .map(each => `'${nameOfStrand(each)}' (${formatLocation(each.place ?? { file: '?' })})`)
    .join(', ')
  const error = new BatonError('BATON_BRANCH_NOT_AWAITED', `nobody awaited ${first.group?.call} of ${all}`, {
    hint: 'await what parallel() returns, and each handle of start(), or call `await allDone()`',
    ...(first.place ? { place: first.place } : {}),
    ...(first.failure ? { cause: first.failure.error } : {}),
  })
  // It comes from no call: where the branches were begun is in its message.
  error.stack = `${error.name}: ${error.message}`
  return error
}

function endStrand(strand: Strand, state: BranchEnd): void {
  strand.ensemble.end(strand, state)
  strand.cell.closed = true
  for (const child of strand.ensemble.strands)
    if (child.parent === strand) stopStrand(child, 'the branch that began it has ended')
  // What it did not await waits in vain.
  for (const wait of strand.waits) abandon(wait, stopped(strand, 'it has ended', wait.place, forgottenAwait(wait)))
  tell(strand, 'branch:end', state)
  breakBarriersWithout(strand)
  lookForDeadlock(strand.ensemble)
}

/** A strand, and all that it began, is refused from its next command or wait on; where it waits, at once. */
function stopStrand(strand: Strand, why: string): void {
  if (strand.state !== 'live' || strand.cell.stopped) return
  strand.cell.stopped = () => stopped(strand, why)
  for (const each of strand.ensemble.live) {
    if (!isWithin(each, strand)) continue
    // It ends when its branches have, and these are stopped as well.
    for (const wait of each.waits) if (!wait.structured) wait.reject(stopped(each, why, wait.place))
  }
}

/** The test is over: no branch of it goes on. Whoever waits for a branch does until that has ended, if it ever does. */
export function endEnsemble({ strands }: Ensemble, over: () => BatonError): void {
  for (const { waits } of strands) for (const wait of waits) if (!wait.structured) abandon(wait, over())
}

function forgottenAwait({ kind, name }: Wait): string {
  if (kind === 'branch') return `is an \`await\` missing where it waits for ${name}?`
  return `is an \`await\` missing before ${kind === 'signal' ? 'until' : 'barrier'}('${name}')?`
}

function abandon(wait: Wait, error: BatonError): void {
  wait.promise.catch(() => {})
  wait.reject(error)
}

function stopped(strand: Strand, why: string, place?: SourceLocation, hint?: string): BatonError {
  const { stackTraceLimit } = Error
  // Its caller is many frames of WebdriverIO up.
  Error.stackTraceLimit = 60
  const error = new BatonError('BATON_BRANCH_STOPPED', `the branch '${nameOfStrand(strand)}' was stopped: ${why}`, {
    ...(place ? { place } : {}),
    ...(hint === undefined ? {} : { hint }),
  })
  Error.stackTraceLimit = stackTraceLimit
  strand.stoppedAt ??= place ?? { stack: error.stack ?? '' }
  return error
}

function tell(strand: Strand, type: 'branch:start' | 'branch:end', state?: BranchEnd): void {
  const { role = '', place, ensemble } = strand
  const { context } = ensemble
  const device = context.roles.get(role)?.session.device.name ?? role
  const at = place ? { place: formatLocation(place) } : {}
  const about = { branch: nameOfStrand(strand), role, device, ...at }
  context.emit(type === 'branch:start' ? { type, ...about } : { type, ...about, state: state ?? 'passed' })
}
