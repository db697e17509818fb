/**
 * How many modules a second the farm hands out and records, with one host process whose modules end at once, over 10, 100 and
 * 1,000 devices. Prints one line of JSON for each. `node dist/test/bench/allocation.js [modules] [devices,…]`
 */
import { AllocationFarm } from '../support/allocation-farm.js'
import { benchDevices, benchNeeds } from '../support/bench-farm.js'

const [modules = '10000', sizes = '10,100,1000'] = process.argv.slice(2)

for (const size of sizes.split(',').map(Number)) {
  console.log(JSON.stringify(await measure(Number(modules), size)))
}

async function measure(count: number, devices: number): Promise<Record<string, number>> {
  await using farm = await AllocationFarm.start({ audit: false })
  const queues = await farm.submit(
    'bench',
    Array.from({ length: count }, (_, i) => ({ id: String(i), needs: benchNeeds[i % benchNeeds.length] ?? {} })),
  )
  await farm.redis.config('SET', 'slowlog-log-slower-than', '1000')
  await farm.redis.config('SET', 'slowlog-max-len', '1000')
  const latencies: number[] = []
  let started = 0
  let done = 0
  let resolve = (): void => {}
  const finished = new Promise<void>(done => {
    resolve = done
  })
  const before = scriptCalls(await farm.redis.info('commandstats'))
  await farm.host('h1', benchDevices(devices)[0] ?? [], {
    ttlMs: 10_000,
    audit: false,
    execute: task => {
      if (started === 0) started = performance.now()
      latencies.push(performance.timeOrigin + performance.now() - task.grant.freedAt / 1000)
      done += 1
      if (done === count) resolve()
      return Promise.resolve({
        outcome: { verdict: 'passed' as const },
        clean: Object.values(task.grant.devices).map(({ device }) => device),
      })
    },
  })
  await finished
  const seconds = (performance.now() - started) / 1000
  const after = scriptCalls(await farm.redis.info('commandstats'))
  await farm.results('bench', queues, count)
  const slow = (await farm.redis.slowlog('GET', 1000)) as [number, number, number, string[]][]
  const scripts = slow.filter(([, , , command]) => command[0]?.toLowerCase() === 'evalsha')
  latencies.sort((a, b) => a - b)
  return {
    devices,
    modules: count,
    modulesPerSecond: Math.round(count / seconds),
    scriptsPerModule: Number(((after - before) / count).toFixed(2)),
    freedToStartMsP50: round(latencies[latencies.length >> 1]),
    freedToStartMsP99: round(latencies[Math.floor(latencies.length * 0.99)]),
    longestScriptMs: Math.max(0, ...scripts.map(([, , micros]) => micros)) / 1000,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
  }
}

function scriptCalls(stats: string): number {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

function round(ms: number | undefined): number {
  return Number((ms ?? 0).toFixed(1))
}
