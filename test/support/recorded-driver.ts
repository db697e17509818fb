import { CallOrder, type DriverCall } from '../../src/device/driver/call-order.js'
import type { Driver, PreparedDevice } from '../../src/device/driver/driver.js'

/** The order of the calls for each device that a recorded driver prepared, by the device's name. */
export type RecordedCalls = Map<string, CallOrder>

/**
 * Wraps a driver: every call for one of its devices is recorded, and throws if it is out of order. Calls of `sessions` must
 * not overlap either; only `forceClose` may come at any time.
 */
export function recordedDriver(driver: Driver, recorded: RecordedCalls, violations: string[] = []): Driver {
  return {
    ...driver,
    async prepare(entry, context) {
      const order = new CallOrder(driver.provides.includes('health'))
      recorded.set(entry.name, order)
      const record = recorderFor(order, violations)
      record('prepare')
      const prepared = await driver.prepare(entry, context)
      return recordedDevice(prepared, record, violations)
    },
  }
}

type Record_ = (call: DriverCall) => void

function recorderFor(order: CallOrder, violations: string[]): Record_ {
  return call => {
    try {
      order.add(call)
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error))
      throw error
    }
  }
}

const capabilityNames = ['sessions', 'health', 'reservation', 'apps', 'artifacts', 'recording'] as const

/** A device may change its labels later: everything but its capabilities is read from the device itself. */
function recordedDevice(prepared: PreparedDevice, record: Record_, violations: string[]): PreparedDevice {
  let running: string | undefined
  const wrapMember = (capability: string, target: object): object =>
    new Proxy(target, {
      get(_, member) {
        const value: unknown = Reflect.get(target, member, target)
        if (typeof value !== 'function' || typeof member !== 'string') return value
        const call = `${capability}.${member}` as DriverCall
        return (...args: unknown[]): unknown => {
          record(call)
          const result: unknown = Reflect.apply(value, target, args)
          if (capability !== 'sessions' || !(result instanceof Promise)) return result
          if (running !== undefined) violations.push(`${call} began while ${running} was running`)
          running = call
          return result.finally(() => (running = undefined))
        }
      },
    })
  const wrapped = new Map<string, object>()
  return new Proxy(prepared, {
    get(_, member) {
      const value: unknown = Reflect.get(prepared, member, prepared)
      if (member === 'dispose') {
        return async () => {
          record('dispose')
          await prepared.dispose()
        }
      }
      const isCapability = capabilityNames.some(name => name === member)
      if (!isCapability || typeof value !== 'object' || value === null || typeof member !== 'string') return value
      const known = wrapped.get(member) ?? wrapMember(member, value)
      wrapped.set(member, known)
      return known
    },
  })
}
