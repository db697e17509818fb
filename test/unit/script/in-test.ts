import type { ModuleEvent } from '../../../src/event/run-event.js'
import { contextOf, inBranch } from './module-in-process.js'

const roles = ['alice', 'bob', 'carol']

/** Runs the body as a test of a module with the roles alice, bob and carol; adds what it tells of to `events`. */
export const inTest = (body: () => Promise<unknown>, events: ModuleEvent[] = []): Promise<unknown> =>
  inBranch(contextOf(roles, events), body)
