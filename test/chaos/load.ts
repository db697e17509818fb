import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { forgetRun } from '../../src/lease/forget-run.js'
import { AllocationFarm, device } from '../support/allocation-farm.js'
import { forkHost } from '../support/host-process.js'

export interface LoadOptions {
  devices: number
  hosts: number
  modules: number
}

export interface LoadReport {
  submitMs: number
  /** From the submission to the last result. */
  totalMs: number
  modulesPerSecond: number
  /** Bytes of Redis before the run. */
  redisBefore: number
  /** Bytes of Redis at most, as sampled with results, and after the run is forgotten. */
  redisPeak: number
  redisAfter: number
  /** Resident bytes of this process, which submits and follows, at most. */
  processPeak: number
  violations: string[]
}

const ttlMs = 20_000
const run = 'load'

/** Runs many modules, which do nothing, on many devices of many host processes. */
export async function load({ devices, hosts, modules }: LoadOptions): Promise<LoadReport> {
  await using farm = await AllocationFarm.start({ audit: false })
  const children: ChildProcess[] = []
  const violations: string[] = []
  try {
    const perHost = Math.ceil(devices / hosts)
    const starting = Array.from({ length: hosts }, async (_, host) => {
      const own = Array.from({ length: perHost }, (_, number) =>
        device(`h${host}-d${number}`, 'platform=fake', `rack=${host % 2}`),
      )
      const config = { socket: farm.server.socket, host: `h${host}`, ttlMs, audit: false, devices: own }
      await forkHost(
        config,
        error => violations.push(error),
        child => children.push(child),
      )
    })
    await Promise.all(starting)
    const redisBefore = await memoryOf(farm)
    const startedAt = performance.now()
    const jobs = Array.from({ length: modules }, (_, index) => ({
      id: String(index),
      needs: index % 3 === 0 ? { a: 'rack=0', b: 'rack=1' } : { a: 'platform=fake' },
    }))
    const queues = await farm.submit(run, jobs, { ttlMs: 3_600_000 })
    const submitMs = performance.now() - startedAt
    const peaks = await follow(farm, queues, modules, violations)
    const totalMs = performance.now() - startedAt
    await forgetRun(farm.runs, run)
    const redisAfter = await memoryOf(farm)
    const modulesPerSecond = (modules * 1000) / totalMs
    return { submitMs, totalMs, modulesPerSecond, redisBefore, ...peaks, redisAfter, violations }
  } finally {
    for (const child of children) child.send('stop', () => {})
    await Promise.all(children.map(async child => (child.exitCode === null ? once(child, 'exit') : undefined)))
  }
}

async function follow(
  farm: AllocationFarm,
  queues: readonly string[],
  modules: number,
  violations: string[],
): Promise<{ redisPeak: number; processPeak: number }> {
  const ends = new Set<string>()
  let [redisPeak, processPeak] = [0, 0]
  for await (const followed of farm.follow(run, queues)) {
    if (followed.kind !== 'result') continue
    const { module, verdict } = followed.result
    if (ends.has(module) || verdict !== 'passed')
      violations.push(`${module}: ${verdict}, ended before: ${ends.has(module)}`)
    ends.add(module)
    if (ends.size % 500 === 0 || ends.size === modules) {
      redisPeak = Math.max(redisPeak, await memoryOf(farm))
      processPeak = Math.max(processPeak, process.memoryUsage().rss)
    }
    if (ends.size === modules) break
  }
  return { redisPeak, processPeak }
}

async function memoryOf(farm: AllocationFarm): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await farm.redis.info('memory'))?.[1])
}

export function formatLoad({ devices, hosts, modules }: LoadOptions, report: LoadReport): string {
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`
  return [
    `${modules} modules on ${devices} devices of ${hosts} host processes`,
    `submitted in ${(report.submitMs / 1000).toFixed(1)} s, all done after ${(report.totalMs / 1000).toFixed(1)} s: ${report.modulesPerSecond.toFixed(0)} modules/s`,
    `memory of Redis: at most ${megabytes(report.redisPeak)}, ${megabytes(report.redisAfter)} after the run was removed`,
    `memory of the process that submits and follows: at most ${megabytes(report.processPeak)}`,
    ...report.violations.map(violation => `VIOLATION ${violation}`),
  ].join('\n')
}
