import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import { sendCommand } from '../../../src/script/command-interceptor.js'
import { activeDevice } from '../../../src/script/index.js'
import type { TestRun } from '../../../src/script/test-run.js'
import { runSuite, type Interface, type SuiteRun } from './module-in-process.js'

const roles = ['alice', 'bob', 'carol']

/** @returns the role whose device is active */
export const act = (): string => activeDevice().role

/** Sends a command to the device of a role. @returns the role */
export const command = (role: string): Promise<string> =>
  sendCommand({ role, command: 'click', args: [] }, () => tick(1, role))

type TestEnd = Extract<ModuleEvent, { type: 'test:end' }>

export function endOf({ events }: SuiteRun, title: string): TestEnd {
  const end = events.findLast(event => event.type === 'test:end' && event.title.at(-1) === title)
  assert.ok(end?.type === 'test:end', `${title} has ended`)
  return end
}

/** Runs tests as a worker does, which also takes what nobody catches. */
export async function runTests(define: (names: Interface) => void): Promise<SuiteRun> {
  let suite: TestRun | undefined
  const take = (error: unknown): void => void suite?.handleUncaught(error)
  const [mochas] = [process.listeners('unhandledRejection')]
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', take)
  try {
    return await runSuite(roles, define, { timeoutMs: 10_000 }, created => (suite = created))
  } finally {
    process.removeListener('unhandledRejection', take)
    for (const listener of mochas) process.on('unhandledRejection', listener)
  }
}
