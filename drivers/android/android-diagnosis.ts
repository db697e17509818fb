import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Diagnosis } from '../../src/device/driver/diagnosis.js'
import type { DriverContext } from '../../src/device/driver/driver.js'
import { BatonError } from '../../src/error/baton-error.js'
import { errorMessage } from '../../src/error/error-text.js'
import { AdbServer } from './adb/adb-server.js'
import { findAdb } from './adb/find-adb.js'
import { adbAddressOf, androidKeys, type AdbAddress, type AndroidKeys } from './android-keys.js'

type Environment = DriverContext['env']

/** What to do about a phone in a state of adb in which it can't be used. */
const fixes: Readonly<Record<string, string>> = {
  unauthorized: 'unlock the phone and allow USB debugging for this computer',
  offline: 'plug it in again; if that does not help: adb reconnect offline',
  'no permissions': 'give your user access to it: sudo usermod -aG plugdev $USER, then log in again',
}

/** adb, and the phones that devices.json declares. A server of adb is only started if it declares some. */
export async function diagnoseAndroid(entries: readonly DeviceEntry[], env: Environment): Promise<Diagnosis[]> {
  const isNeeded = entries.length > 0
  let adb: string
  try {
    adb = await findAdb(env)
  } catch (error) {
    const hint = error instanceof BatonError ? error.hint : undefined
    if (!isNeeded) return [{ name: 'adb', state: 'unused', found: 'missing; only Android phones need it' }]
    return [{ name: 'adb', state: 'problem', found: errorMessage(error), ...(hint !== undefined && { fix: hint }) }]
  }
  const found: Diagnosis = { name: 'adb', state: 'ok', found: adb }
  if (!isNeeded) {
    return [
      found,
      { name: 'phones', state: 'unused', found: 'none declared; attached ones: npx baton devices --discover' },
    ]
  }
  return [found, ...(await diagnosePhones(entries, adb, env))]
}

async function diagnosePhones(entries: readonly DeviceEntry[], adb: string, env: Environment): Promise<Diagnosis[]> {
  const declared = entries.map(({ name, own }) => ({ name, keys: androidKeys.parse(own) }))
  const addresses = new Map(
    declared.map(({ keys }) => adbAddressOf(keys, env)).map(address => [JSON.stringify(address), address]),
  )
  const found = await Promise.all(
    [...addresses].map(async ([key, address]) => {
      const group = declared.filter(({ keys }) => JSON.stringify(adbAddressOf(keys, env)) === key)
      return diagnoseServer(group, adb, address)
    }),
  )
  return found.flat()
}

interface DeclaredPhone {
  name: string
  keys: AndroidKeys
}

async function diagnoseServer(group: readonly DeclaredPhone[], adb: string, address: AdbAddress): Promise<Diagnosis[]> {
  let server: AdbServer
  try {
    server = await AdbServer.acquire(address, adb)
  } catch (error) {
    const found = `no adb server at ${address.host}:${address.port}: ${errorMessage(error)}`
    return [{ name: 'phones', state: 'problem', found, fix: 'start one: adb start-server' }]
  }
  try {
    const states = new Map(server.serials.map(serial => [serial, server.state(serial) ?? 'gone']))
    return diagnoseStates(group, states)
  } finally {
    server.release()
  }
}

/** @param states - serial number → state of adb; `device` is a phone that can be used */
export function diagnoseStates(group: readonly DeclaredPhone[], states: ReadonlyMap<string, string>): Diagnosis[] {
  const attached: Diagnosis[] = [...states].map(([serial, state]) =>
    state === 'device'
      ? { name: 'phone', state: 'ok', found: serial }
      : { name: 'phone', state: 'problem', found: `${serial}: ${state}`, fix: fixes[state] ?? 'see: adb devices -l' },
  )
  const absent: Diagnosis[] = group.flatMap(({ name, keys: { udid } }) =>
    udid === undefined || states.has(udid)
      ? []
      : [
          {
            name: 'phone',
            state: 'problem',
            found: `${name} (${udid}) is not attached`,
            fix: 'plug it in; see: adb devices',
          },
        ],
  )
  if (attached.length + absent.length > 0) return [...attached, ...absent]
  return [
    {
      name: 'phones',
      state: 'problem',
      found: 'none is attached',
      fix: 'plug one in, with USB debugging on; see: adb devices',
    },
  ]
}
