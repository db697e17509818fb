import { AllocationFarm } from './allocation-farm.js'
import { benchDevices, benchNeeds } from './bench-farm.js'

export interface AllocationCost {
  devices: number
  modules: number
  modulesPerSecond: number
  scriptsPerModule: number
  /** Redis commands, including those that scripts call. */
  commandsPerModule: number
  freedToStartMsP50: number
  freedToStartMsP99: number
  /** Share of all scripts that took longer than 5 ms on the wall, preemption of Redis included. */
  slowShare: number
  connections: number
  /** Microseconds of processor time that a module cost this process, which is the host, and Redis. */
  hostCpuMicros: number
  redisCpuMicros: number
}

/** One host in this process, whose modules end at once, processes a full queue. */
export async function measureAllocation(modules: number, devices: number): Promise<AllocationCost> {
  await using farm = await AllocationFarm.start({ audit: false })
  const queues = await farm.submit(
    'bench',
    Array.from({ length: modules }, (_, i) => ({ id: String(i), needs: benchNeeds[i % benchNeeds.length] ?? {} })),
  )
  await farm.redis.config('SET', 'slowlog-log-slower-than', '1000')
  await farm.redis.config('SET', 'slowlog-max-len', '10000')
  const latencies: number[] = []
  let started = 0
  let finish = (): void => {}
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })
  const clientsBefore = await clients(farm)
  const [callsBefore, commandsBefore] = [await calls(farm, 'evalsha'), await calls(farm)]
  const [hostCpuBefore, redisCpuBefore] = [process.cpuUsage(), await redisCpuSeconds(farm)]
  await farm.host('h1', benchDevices(devices)[0] ?? [], {
    ttlMs: 10_000,
    audit: false,
    runAttempt: ({ grant }) => {
      started ||= performance.now()
      latencies.push(performance.timeOrigin + performance.now() - grant.freedAt / 1000)
      if (latencies.length === modules) finish()
      return Promise.resolve({
        verdict: 'passed',
        reusable: Object.values(grant.devices).map(({ device }) => device),
      })
    },
  })
  const connections = (await clients(farm)) - clientsBefore
  await finished
  const seconds = (performance.now() - started) / 1000
  const hostCpu = process.cpuUsage(hostCpuBefore)
  const redisCpu = (await redisCpuSeconds(farm)) - redisCpuBefore
  await farm.results('bench', queues, modules)
  const scripts = (await calls(farm, 'evalsha')) - callsBefore
  const commands = (await calls(farm)) - commandsBefore
  const slow = await slowScriptsMs(farm)
  latencies.sort((a, b) => a - b)
  return {
    devices,
    modules,
    modulesPerSecond: Math.round(modules / seconds),
    scriptsPerModule: Number((scripts / modules).toFixed(2)),
    commandsPerModule: Math.round(commands / modules),
    freedToStartMsP50: round(latencies[latencies.length >> 1]),
    freedToStartMsP99: round(latencies[Math.floor(latencies.length * 0.99)]),
    slowShare: slow.filter(ms => ms > 5).length / scripts,
    connections,
    hostCpuMicros: Math.round((hostCpu.user + hostCpu.system) / modules),
    redisCpuMicros: Math.round((redisCpu * 1e6) / modules),
  }
}

async function redisCpuSeconds(farm: AllocationFarm): Promise<number> {
  const text = await farm.redis.info('cpu')
  return ['sys', 'user'].reduce(
    (sum, kind) => sum + Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(text)?.[1]),
    0,
  )
}

/** @param command - default: all */
async function calls(farm: AllocationFarm, command = '[^:]+'): Promise<number> {
  const found = (await farm.redis.info('commandstats')).matchAll(new RegExp(`cmdstat_${command}:calls=(\\d+)`, 'g'))
  return [...found].reduce((sum, [, count]) => sum + Number(count), 0)
}

async function clients(farm: AllocationFarm): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(await farm.redis.info('clients'))?.[1])
}

async function slowScriptsMs(farm: AllocationFarm): Promise<number[]> {
  const slow = (await farm.redis.slowlog('GET', 10_000)) as [number, number, number, string[]][]
  return slow.flatMap(([, , micros, command]) => (command[0]?.startsWith('eval') ? micros / 1000 : []))
}

function round(ms: number | undefined): number {
  return Number((ms ?? 0).toFixed(1))
}
