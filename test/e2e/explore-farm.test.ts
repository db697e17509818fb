import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Iteration } from '../../src/explore/iteration.js'
import type { RunEvent } from '../../src/event/run-event.js'
import { RedisServer } from '../support/redis-server.js'
import { Project, type RunningCli } from './baton-cli.js'
import { raceOnFakeDevices } from './support/fake-race.js'

/** Its host asks at the door before each iteration. */
const race = raceOnFakeDevices('DOOR', "'?host=' + encodeURIComponent(process.env.TMPDIR) + '&pid=' + process.pid")

const hostCount = 4
const iterations = 24
const seed = 100

describe('baton explore on a farm of four hosts', () => {
  let redis: RedisServer
  let desk: Project
  let door: Door
  const labs: Project[] = []
  const hosts: RunningCli[] = []

  before(async () => {
    redis = await RedisServer.start()
    door = await Door.open()
    desk = new Project({ 'race.ts': race })
    for (let number = 1; number <= hostCount; number++) {
      const fake = { driver: 'fake', reset: 'none', labels: ['phone'] }
      const devices = ['a', 'b'].map(name => ({ name: `${name}${number}`, ...fake }))
      labs.push(new Project({ 'devices.json': { devices } }))
    }
  })
  after(async () => {
    for (const { child } of hosts) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await Promise.all(hosts.map(host => host.done))
    for (const project of [desk, ...labs]) project.remove()
    await door[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
  })

  function explore(...args: string[]): RunningCli {
    const own = ['--redis', `unix://${redis.socket}`, '--seed', String(seed), '--iterations', String(iterations)]
    return desk.start(['explore', 'race.ts', ...own, '--strategy', 'random', '--env', `DOOR=${door.url}`, ...args])
  }

  let ofAll: Map<number, string> | undefined

  it('starts by the lines that it prints, and runs what a killed host had elsewhere', async () => {
    const run = explore('--all', '--json', '--wait-for', String(hostCount))
    await run.errorText(`--name host-${hostCount}`)
    const lines = run.errorLines.filter(line => line.startsWith('baton host '))
    assert.equal(lines.length, hostCount)
    hosts.push(...lines.map((line, index) => labs[index]?.startLine(line) ?? assert.fail(line)))

    const held = await Promise.race([door.held, run.done.then(({ stderr }) => assert.fail(stderr))])
    const victim = hosts[labs.findIndex(({ temporary }) => temporary === held)] ?? assert.fail(held)
    victim.child.kill('SIGKILL')
    await victim.done
    const { exitCode, stderr } = await run.done
    assert.equal(exitCode, 1, stderr)

    const events = desk.events()
    const found = iterationsOf(events)
    assert.deepEqual([...found.keys()], allSeeds)
    ofAll = found
    const record = recordOf(desk)
    const failed = [...found.values()].filter(text => text.startsWith('failed')).length
    assert.deepEqual([record.iterations, record.failed, record.bugs.length], [iterations, failed, 1])
    assert.match(stderr, /^host host-\d \(worker \d\) found a bug in race\.ts \(seed \d+\): bob was quicker$/m)
    assert.match(stderr, /^host host-\d \(worker \d\) minimised it to 1 hold in (?:1 try|\d+ tries) \(race\.ts\)/m)
    const [schedule = ''] = record.bugs.map(bug => bug.schedule)
    const saved = JSON.parse(desk.read(`baton-report/latest/${schedule}`)) as { holds: unknown[] }
    assert.equal(saved.holds.length, 1)
    const leads = new Set(events.flatMap(event => (event.type === 'attempt:start' ? [event.host] : [])))
    assert.ok(leads.size > 1, [...leads].join())
  })

  it('runs the same schedules if one gang of devices explores alone', async () => {
    const { exitCode, stderr } = await explore('--all', '--json', '--parallel', '1').done
    assert.equal(exitCode, 1, stderr)
    assert.deepEqual(iterationsOf(desk.events()), ofAll)
  })

  it('minimises the first bug of several gangs', async () => {
    const { exitCode, stderr } = await explore('--json').done
    assert.equal(exitCode, 1, stderr)
    const { bugs } = recordOf(desk)
    const holds = bugs.map(bug => bug.holds)
    assert.deepEqual(holds, [1])
    assert.match(stderr, /minimised it to 1 hold/)
  })
})

const allSeeds = Array.from({ length: iterations }, (_, index) => seed + index)

/** Seed → what the iteration was. Iterations that a host repeated have to be the same. */
function iterationsOf(events: readonly RunEvent[]): Map<number, string> {
  const found = new Map<number, string>()
  for (const event of events) {
    if (event.type !== 'explore:iteration' || event.iteration.purpose !== 'explore') continue
    const { seed: own } = event.iteration
    const text = describeIteration(event.iteration)
    assert.equal(found.get(own) ?? text, text, `seed ${own}`)
    found.set(own, text)
  }
  return new Map([...found].toSorted(([one], [other]) => one - other))
}

function describeIteration({ verdict, strategy, order, schedule }: Iteration): string {
  return [verdict, strategy, order, ...(schedule?.trace ?? [])].join(', ')
}

interface ExploredRecord {
  iterations: number
  failed: number
  bugs: { schedule: string; holds: number }[]
}

function recordOf(project: Project): ExploredRecord {
  const { modules } = JSON.parse(project.read('baton-report/latest/run.json')) as {
    modules: { explored: ExploredRecord }[]
  }
  return modules[0]?.explored ?? assert.fail('nothing was explored')
}

/** Lets every iteration in, except the third one of the first worker that gets so far. */
class Door implements AsyncDisposable {
  /** The folder for temporary files of the host whose worker stands at the door. */
  readonly held: Promise<string>
  readonly #server: Server
  readonly #counts = new Map<string, number>()
  #isHeld = false

  private constructor() {
    this.#server = createServer()
    this.held = new Promise(resolve => {
      this.#server.on('request', (request, response) => {
        const query = new URL(request.url ?? '', this.url).searchParams
        const worker = query.get('pid') ?? ''
        this.#counts.set(worker, (this.#counts.get(worker) ?? 0) + 1)
        if (this.#isHeld || this.#counts.get(worker) !== 3) {
          response.end()
          return
        }
        this.#isHeld = true
        resolve(query.get('host') ?? '')
      })
    })
  }

  static async open(): Promise<Door> {
    const door = new Door()
    door.#server.keepAliveTimeout = 0
    await once(door.#server.listen(0, '127.0.0.1'), 'listening')
    return door
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
