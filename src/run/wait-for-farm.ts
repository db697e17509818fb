import { BatonError } from '../error/baton-error.js'
import { closeRedis } from '../queue/close-redis.js'
import { FarmHosts, type RegisteredHost } from '../lease/farm-hosts.js'
import { unlessAborted } from '../process/deadline.js'
import type { FarmConnection } from './farm-connection.js'
import { formatRequirement, shortageOf, type FarmRequirement, type Shortage } from './farm-requirement.js'
import { startCommands } from './start-commands.js'

export interface WaitForFarm {
  farm: FarmConnection
  requirements: readonly FarmRequirement[]
  redisUrl: string
  /** Milliseconds. */
  timeoutMs: number
  /** Aborted if the run is stopped. */
  stop: AbortSignal
  /** Prints a line for people. */
  print: (line: string) => void
}

/** How long one read waits for a change; then the farm is read again, in case a change was missed. Milliseconds. */
const blockMs = 5_000

/**
 * Waits until the farm has the hosts and devices that a run wants, and prints how to start those that are missing.
 * @throws BatonError BATON_WAIT_TIMEOUT if they are not there in time; the reason of `stop` if that is aborted
 */
export async function waitForFarm(wait: WaitForFarm): Promise<void> {
  const { timeoutMs, stop } = wait
  const timeout = AbortSignal.timeout(timeoutMs)
  const over = AbortSignal.any([stop, timeout])
  const view = new FarmView(wait)
  try {
    await unlessAborted(view.untilComplete(over), over)
  } catch (error) {
    if (stop.aborted || !timeout.aborted) throw error
    throw timeoutError(timeoutMs, view.shortages)
  } finally {
    view.close()
  }
}

class FarmView {
  shortages: Shortage[] = []
  readonly #blocking
  readonly #hosts
  readonly #printed = new Set<string>()
  #isFirst = true

  constructor(private readonly wait: WaitForFarm) {
    this.#blocking = wait.farm.another()
    this.#hosts = new FarmHosts(wait.farm.registry.scripts)
  }

  async untilComplete(over: AbortSignal): Promise<void> {
    const { farm } = this.wait
    const key = farm.registry.scripts.key('changes')
    const newest = await farm.redis.xrevrange(key, '+', '-', 'COUNT', 1)
    for (let last = newest.at(0)?.[0] ?? '0-0'; ;) {
      const hosts = await this.#hosts.list(await farm.registry.listDevices())
      if (over.aborted || this.#isComplete(hosts)) return
      const changes = await this.#blocking.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', key, last)
      last = changes?.[0]?.[1].at(-1)?.[0] ?? last
    }
  }

  close(): void {
    closeRedis(this.#blocking)
  }

  #isComplete(hosts: readonly RegisteredHost[]): boolean {
    const { requirements, print } = this.wait
    const before = this.shortages
    this.shortages = requirements.map(requirement => shortageOf(requirement, hosts))
    const isComplete = this.shortages.every(({ missing }) => missing === 0)
    this.shortages.forEach((shortage, index) => {
      if (this.#isFirst) return isComplete ? undefined : print(`baton: waiting for ${progress(shortage)}`)
      for (const line of changesOf(before[index], shortage)) print(`baton: ${line}`)
    })
    this.#isFirst = false
    if (!isComplete) this.#printCommands(hosts)
    return isComplete
  }

  #printCommands(hosts: readonly RegisteredHost[]): void {
    const { redisUrl, print } = this.wait
    const missing = this.shortages.filter(shortage => shortage.missing > 0)
    const commands = startCommands(missing, hosts, redisUrl).filter(command => !this.#printed.has(command))
    if (commands.length === 0) return
    print('baton: start what is missing, each in the folder of its devices.json:')
    for (const command of commands) {
      print(command)
      this.#printed.add(command)
    }
  }
}

function progress({ requirement, present, unusable }: Shortage): string {
  const names = present.length === 0 ? 'none' : present.join(', ')
  const others = unusable.length === 0 ? '' : `; ${unusable.join(', ')}`
  return `${formatRequirement(requirement)}; there: ${names}${others}`
}

/** What has changed since the last time, a line each. */
function changesOf(before: Shortage | undefined, { requirement, present, missing }: Shortage): string[] {
  const had = before?.present ?? []
  const counts = `${requirement.count - missing} of ${formatRequirement(requirement)}`
  return [
    ...present.filter(name => !had.includes(name)).map(name => `${name} is there: ${counts}`),
    ...had.filter(name => !present.includes(name)).map(name => `${name} has left: ${counts}`),
  ]
}

function timeoutError(timeoutMs: number, shortages: readonly Shortage[]): BatonError {
  const lacking = shortages.filter(({ missing }) => missing > 0)
  const list = lacking.map(shortage => `${shortage.missing} missing of ${progress(shortage)}`).join('. ')
  return new BatonError('BATON_WAIT_TIMEOUT', `--wait-for: the farm is not complete after ${timeoutMs} ms: ${list}`, {
    hint: 'start what is missing by the command lines above, or raise --wait-timeout.',
  })
}
