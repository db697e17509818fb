import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { RunningCli } from '../e2e/baton-cli.js'
import { codes, type ErrorCode } from '../../src/error/codes.js'
import type { RunEvent } from '../../src/event/run-event.js'
import type { PhoneFarm } from './phone-farm.js'
import type { PhoneFault } from './phone-faults.js'

/** Milliseconds during which a module acts on its phone. */
const actsMs = 1_500
/** Far beyond the ten seconds or so of a phone that no longer answers, and far below the deadline of any command. */
const noticedWithinMs = 60_000
/** Far beyond the 10 s that docs/architecture.md promises of what a killed process leaves: this machine may be busy. */
const processesEndWithinMs = 60_000

/** A module that acts on any phone, with the samples' chat in front. */
export const busyModule = `
import { $, expect } from '@wdio/globals'
export const devices = { someone: ['platform=android'] }
it('acts', async () => {
  const end = Date.now() + ${actsMs}
  while (Date.now() < end) {
    await $('~Your name').setValue('Robinson')
    await expect($('~Your name')).toHaveText('Robinson')
  }
})
`
export const chatApp = { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' }

export interface InjectedFault {
  fault: string
  /** Of the module whose attempt it was. */
  verdict: 'passed' | 'failed'
  /** Milliseconds from the fault to the end of the attempt, if the fault ended it. */
  noticedMs?: number
}

/**
 * Runs one module for each fault, injects the fault at a random moment of the module, and repairs it when the attempt has
 * ended. Asserts what must hold whatever the moment: every module has one result, each attempt that was given
 * back names its phone and a reason that fits, and its module has run again on another phone, artifacts are of the attempt's
 * own phone, the pool is whole afterwards, nothing leaks.
 * @param farm - idle, with a free phone for each module that may lose its own
 * @param random - from 0 to 1
 */
export async function injectFaults(
  farm: PhoneFarm,
  faults: readonly PhoneFault[],
  random: () => number,
): Promise<InjectedFault[]> {
  farm.project.write(Object.fromEntries(faults.map((_, index) => [`busy-${index}.ts`, busyModule])))
  const files = faults.map((_, index) => `busy-${index}.ts`)
  const moments = faults.map(() => random() * actsMs)
  const before = farm.processes()
  const cli = farm.run(...files)
  const { modules } = await cli.event('run:start')
  const injected = await Promise.all(
    faults.map((fault, index) => {
      const id = modules.find(({ file }) => file === `busy-${index}.ts`)?.id ?? ''
      return injectFault(farm, cli, { fault, module: id, momentMs: moments[index] ?? 0 })
    }),
  )
  const { stderr } = await cli.done
  const lost = modules.filter(({ id }) => !cli.events.some(event => isEnd(event, id)))
  assert.deepEqual(lost, [], 'a result was lost')
  const expected = Object.fromEntries(files.map((file, index) => [file, [injected[index]?.verdict]]))
  assert.deepEqual(cli.verdicts, expected, stderr + reasonsOf(cli))
  assertOwnArtifacts(cli)
  await farm.untilAll('idle')
  await farm.assertNothingLeaks()
  // One worker for each module that ran at a time may wait for the next, and a spare one.
  await assertProcesses(farm, { ...before, mostWorkers: Math.max(before.workers, faults.length + 1) })
  return injected
}

async function injectFault(
  farm: PhoneFarm,
  cli: RunningCli,
  { fault, module, momentMs }: { fault: PhoneFault; module: string; momentMs: number },
): Promise<InjectedFault> {
  const { devices, lease } = await cli.event('attempt:start', event => event.module === module)
  const [device = ''] = Object.values(devices)
  const phone = farm.phone(device)
  await cli.event('test:start', event => event.lease === lease)
  await delay(momentMs)
  await fault.inject(phone, farm.phones)
  const injectedAt = Date.now()
  const { verdict, error } = await cli.event('attempt:end', event => event.lease === lease)
  const noticedMs = Date.now() - injectedAt
  await fault.repair(phone, farm.phones)
  if (verdict === 'failed' && fault.ofApp) return { fault: fault.name, verdict }
  if (verdict !== 'infrastructure') {
    assert.equal(verdict, 'passed', `${fault.name}: ${error?.message}`)
    return { fault: fault.name, verdict: 'passed' }
  }
  const fits = (fault.reason ?? /^nothing should take a phone from its module by that$/).test(error?.message ?? '')
  assert.ok(fits, `${fault.name}: ${error?.message}`)
  assert.match(error?.message ?? '', new RegExp(device), 'it names the phone')
  const known = codes[error?.code as ErrorCode] as (typeof codes)[ErrorCode] | undefined
  const isOfPhone = known?.class === 'DeviceLostError' || known?.class === 'SessionError'
  assert.ok(isOfPhone, `${fault.name}: ${JSON.stringify(error)}`)
  // Of a device that was marked as lost the reason has its hint with it.
  assert.ok(error?.hint ?? error?.message.includes('; '), `${fault.name}: no hint with ${error?.message}`)
  assert.ok(noticedMs < noticedWithinMs, `${fault.name}: noticed after ${noticedMs} ms`)
  const again = await cli.event('attempt:start', event => event.module === module && event.lease !== lease)
  const another = Object.values(again.devices).every(name => name !== device)
  assert.ok(another || fault.ofAll, `${fault.name}: its module ran again on ${device}, and others were free`)
  return { fault: fault.name, verdict: 'passed', noticedMs }
}

/** What the host has started ends by itself, a moment after its phone is idle again at most. */
async function assertProcesses(
  farm: PhoneFarm,
  { others, mostWorkers }: { others: readonly string[]; mostWorkers: number },
): Promise<void> {
  const deadline = Date.now() + processesEndWithinMs
  for (;;) {
    const now = farm.processes()
    if (isDeepStrictEqual(now.others, others) && now.workers <= mostWorkers) return
    if (Date.now() > deadline) {
      assert.deepEqual(now.others, others, 'processes of the host were left behind, or are missing')
      assert.ok(now.workers <= mostWorkers, `${now.workers} workers are left, at most ${mostWorkers} may be`)
    }
    // Not our children, so their end is not reported.
    await delay(50)
  }
}

/** Artifacts of a failure must not show another phone's screen or log. */
function assertOwnArtifacts({ events }: RunningCli): void {
  for (const event of events) {
    if (event.type !== 'artifact') continue
    const attempt = events.find(other => other.type === 'attempt:start' && other.lease === event.lease)
    assert.ok(attempt?.type === 'attempt:start' && Object.values(attempt.devices).includes(event.device))
  }
  const failed = events.flatMap(event =>
    event.type === 'attempt:end' && event.verdict === 'failed' ? event.lease : [],
  )
  const shown = new Set(
    events.flatMap(event => (event.type === 'artifact' && event.kind !== 'trace' ? event.lease : [])),
  )
  assert.deepEqual(
    failed.filter(lease => !shown.has(lease)),
    [],
    'a failure has no artifacts',
  )
}

const isEnd = (event: RunEvent, module: string): boolean => event.type === 'module:end' && event.module === module

function reasonsOf(cli: RunningCli): string {
  return cli.events
    .flatMap(event => (event.type === 'attempt:end' ? [`${event.verdict}: ${event.error?.message}`] : []))
    .join('\n')
}

/** Always the same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
