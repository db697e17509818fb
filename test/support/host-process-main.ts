/** A host process for the stress: its modules send commands to their devices, each of which must be let through by the registry. */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { AllocationLoop } from '../../src/host/allocation/allocation-loop.js'
import type { AttemptTask } from '../../src/host/attempt/attempt.js'
import type { AttemptOutcome } from '../../src/host/attempt/judge-attempt.js'
import { FarmSecret } from '../../src/lease/farm-secret.js'
import { LeaseScripts } from '../../src/lease/lease-scripts.js'
import { Registry } from '../../src/lease/registry.js'

const config = z
  .object({
    socket: z.string(),
    host: z.string(),
    ttlMs: z.number(),
    audit: z.boolean().default(true),
    devices: z.array(
      z.object({ name: z.string(), labels: z.array(z.string()), driver: z.string(), platform: z.string() }),
    ),
  })
  .parse(JSON.parse(process.argv[2] ?? '{}'))

const workSchema = z.object({ ms: z.number().default(0), failChance: z.number().default(0) })

const connect = (): Redis => new Redis({ path: config.socket, maxRetriesPerRequest: null, retryStrategy: () => 20 })
const own = connect()
own.on('error', () => process.exit(1))
const registry = new Registry(new LeaseScripts(own, { audit: config.audit }))

async function runAttempt({ grant, module }: AttemptTask, signal: AbortSignal): Promise<AttemptOutcome> {
  const { ms, failChance } = workSchema.parse(module.options)
  const devices = Object.values(grant.devices).map(({ device }) => device)
  for (let command = 0; command < 3; command++) {
    for (const device of devices) {
      // What a gateway does; a module that is refused knows nothing of leases.
      if (!(await registry.holds(device, grant.lease))) return { verdict: 'failed', reusable: [] }
    }
    await delay(ms / 3)
    if (signal.aborted) return { verdict: 'interrupted', reusable: [] }
  }
  const failed = Math.random() < failChance
  return { verdict: failed ? 'failed' : 'passed', reusable: failed ? [] : devices }
}

const loop = new AllocationLoop({
  redis: connect,
  host: config.host,
  gatewayUrl: `http://${config.host}`,
  farmSecret: new FarmSecret(),
  devices: config.devices,
  ttlMs: config.ttlMs,
  audit: config.audit,
  runAttempt,

  check: () => Promise.resolve({ state: 'idle' }),
  onReplaced: () => process.exit(0),
  onError: error => process.send?.({ error: String(error) }),
})

process.on('disconnect', () => process.exit(0))
process.on('message', message => {
  if (message === 'stop') {
    void loop.stop('await').finally(() => process.exit(0))
  }
})
await loop.start()
process.send?.({ ready: true })
