import { moduleVerdicts } from '../../event/verdicts.js'
import { bullNames } from '../../queue/key-names.js'
import { limits } from './limits.js'
import { deviceStates, feasibilities, runStates } from './states.js'
import { PROTOCOL_VERSION } from './version.js'

/** Numbers that tests lower, so that a limit is reached at once. */
export type LimitOverrides = Partial<Record<keyof typeof limits, number>>

/**
 * What the scripts share with the processes that call them, as Lua: `BULL` (BullMQ's key and field names), `LIMIT` (see limits.ts),
 * `DEVICE`, `RUN` and `FEASIBLE` (the states that they write), `VERDICT` (how modules end), `PROTOCOL` and `AUDIT`.
 * @param audit - true to write each grant and each end of a lease to the stream `audit`, for tests
 */
export function luaPrelude(audit: boolean, overrides: LimitOverrides = {}): string {
  return [
    `local AUDIT, PROTOCOL = ${audit}, ${PROTOCOL_VERSION}`,
    luaTable('BULL', bullNames),
    luaTable('LIMIT', { ...limits, ...overrides }),
    luaTable('DEVICE', byName(deviceStates)),
    luaTable('RUN', byName(runStates)),
    luaTable('FEASIBLE', byName(feasibilities)),
    luaTable('VERDICT', byName(moduleVerdicts)),
  ].join('\n')
}

function luaTable(name: string, values: Readonly<Record<string, string | number>>): string {
  return `local ${name} = { ${Object.entries(values)
    .map(([key, value]) => `[${JSON.stringify(key)}] = ${JSON.stringify(value)}`)
    .join(', ')} }`
}

function byName(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, name]))
}
