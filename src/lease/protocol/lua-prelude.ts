import { moduleVerdicts } from '../../event/verdicts.js'
import { bullNames } from '../../queue/key-names.js'
import { farmKeys, keysById } from './keys.js'
import { limits } from './limits.js'
import { deviceStates, feasibilities, runStates } from './states.js'
import { PROTOCOL_VERSION } from './version.js'

/** Numbers that tests lower, so that a limit is reached at once. */
export type LimitOverrides = Partial<Record<keyof typeof limits, number>>

/**
 * What the scripts share with the processes that call them, as Lua: `P` (the farm's prefix), `KEY` and `KEY_OF` (see keys.ts), `BULL`
 * (BullMQ's key and field names), `LIMIT` (see limits.ts), `DEVICE`, `RUN` and `FEASIBLE` (the states that they write), `VERDICT` (how
 * modules end), `PROTOCOL` and `AUDIT`.
 * @param audit - true to write each grant and each end of a lease to the stream `audit`, for tests
 */
export function luaPrelude(audit: boolean, overrides: LimitOverrides = {}): string {
  return [
    'local P = KEYS[1]',
    `local AUDIT, PROTOCOL = ${audit}, ${PROTOCOL_VERSION}`,
    luaTable('BULL', bullNames),
    `local KEY = { ${fieldsOf(farmKeys, key => `P .. ':${key}'`)} }`,
    `local KEY_OF = { ${fieldsOf(keysById, key => `function(id) return P .. ':${key}:' .. id end`)} }`,
    luaTable('LIMIT', { ...limits, ...overrides }),
    luaTable('DEVICE', byName(deviceStates)),
    luaTable('RUN', byName(runStates)),
    luaTable('FEASIBLE', byName(feasibilities)),
    luaTable('VERDICT', byName(moduleVerdicts)),
  ].join('\n')
}

function luaTable(name: string, values: Readonly<Record<string, string | number>>): string {
  return `local ${name} = { ${fieldsOf(values, value => JSON.stringify(value))} }`
}

function fieldsOf<Value>(values: Readonly<Record<string, Value>>, toLua: (value: Value) => string): string {
  return Object.entries(values)
    .map(([name, value]) => `[${JSON.stringify(name)}] = ${toLua(value)}`)
    .join(', ')
}

function byName(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, name]))
}
