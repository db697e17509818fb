import type { Selector } from '../../device/selector.js'
import type { ModuleVariables } from '../../device/schema-parts.js'
import type { SourceLocation } from '../../error/baton-error.js'

export type SuiteOrder = 'parallel' | 'sequential'

/** A part of a plan: modules, which devices take their roles, and when they run. Keys for all suites are merged in. */
export interface Suite {
  /** Unique in the plan. */
  name: string
  /** As written, relative to the plan's folder. */
  modules: string[]
  order: SuiteOrder
  /** Suites that must have passed. */
  needs: string[]
  /** Labels that narrow every role with a selector by label; absent: those of the run. */
  on?: string[]
  /** role → the device that takes it; overrides the modules. */
  devices: Record<string, Selector>
  /** role → devices that take it instead, the preferred one first. */
  backup: Record<string, Selector[]>
  grep?: string
  /** The app under test: as written, relative to the plan's folder. */
  app?: string
  retries?: number
  testTimeoutMs?: number
  moduleTimeoutMs?: number
  /** `NAME` or `NAME=VALUE`, as `--env` takes them. */
  env: string[]
  places: SuitePlaces
}

/** Places in the plan, for errors that are found only when modules and devices are known. */
export interface SuitePlaces {
  /** Of each of `modules`. */
  modules: SourceLocation[]
  /** Of `on`, the suite's own or that of the plan. */
  on?: SourceLocation
  grep?: SourceLocation
  /** role → the key in `devices`. */
  devices: Record<string, SourceLocation>
  /** role → the key in `backup`. */
  backup: Record<string, SourceLocation>
  /** The suite's own, or that of the whole plan. */
  app?: SourceLocation
}

/** A plan file, parsed and validated. */
export interface TestPlan {
  file: string
  /** Between suites. */
  order: SuiteOrder
  /** Never empty; names differ. Their needs name suites of the plan, and no suite waits for itself. */
  suites: Suite[]
  waitTimeoutMs?: number
  /** Values that came from `${env:…}` and must be masked wherever text is shown. */
  secrets: string[]
}

/** @returns what `--env` would have been given for it */
export function requestsOf({ pass, set }: ModuleVariables): string[] {
  return [...pass, ...Object.entries(set).map(([name, value]) => `${name}=${value}`)]
}
