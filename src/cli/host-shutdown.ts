import type { Host } from '../host/host.js'
import { exitCodeForSignal, onStopSignals } from './signals.js'

/** Nobody asked the host to stop: another process took over its name, or Redis stayed away. */
const infrastructureExitCode = 3

/** Milliseconds that closing may take after a second signal. */
const stopNowMs = 10_000

/** When and how a host stops. The first signal drains it, the second one stops its modules, a third one exits at once. */
export class HostShutdown {
  readonly #signalled: Promise<void>
  readonly #signal = new AbortController()
  /** Resolves with the exit code if it must not wait any longer. */
  readonly #stopNow: Promise<number>

  /**
   * @param drainTimeoutMs - how long modules that run may take to end; 0: they are stopped at once
   * @param onStopping - called when a host that serves begins to stop
   */
  constructor(
    private readonly drainTimeoutMs: number,
    private readonly log: (line: string) => void,
    private readonly onStopping: () => void = () => {},
  ) {
    let onSignal = (): void => {}
    let onSecond = (_exitCode: number): void => {}
    this.#signalled = new Promise(resolve => (onSignal = resolve))
    this.#stopNow = new Promise(resolve => (onSecond = resolve))
    let seconds = 0
    onStopSignals({
      onStop: () => {
        this.#signal.abort()
        onSignal()
      },
      onStopNow: signal => {
        const exitCode = exitCodeForSignal(signal)
        // Its reaper cleans up.
        if (++seconds > 1) process.exit(exitCode)
        setTimeout(() => process.exit(exitCode), stopNowMs).unref()
        onSecond(exitCode)
      },
    })
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#signal.signal
  }

  /**
   * Waits until the host has to stop, and drains it.
   * @returns the exit code, once the host can be stopped
   */
  async waitFor(host: Host, name: string): Promise<number> {
    const reason = await Promise.race([
      this.#signalled.then(() => 'signal' as const),
      host.drainRequested.then(() => 'drain' as const),
      host.replaced.then(() => 'replaced' as const),
      host.redisLost.then(() => 'redis-lost' as const),
    ])
    this.onStopping()
    if (reason === 'replaced') return this.#replaced(name)
    // Logged by the host.
    if (reason === 'redis-lost') return infrastructureExitCode
    if (reason === 'drain') this.log('somebody drained this host with baton hosts drain')
    return this.#drain(host)
  }

  #replaced(name: string): number {
    this.log(`a newer process serves as '${name}'; leaving`)
    return infrastructureExitCode
  }

  async #drain(host: Host): Promise<number> {
    if (this.drainTimeoutMs === 0) return 0
    const seconds = Math.ceil(this.drainTimeoutMs / 1000)
    this.log(`draining: no new modules; those that run (${host.inFlight}) may take ${seconds} s to end`)
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<'timeout'>(resolve => {
      timer = setTimeout(() => resolve('timeout'), this.drainTimeoutMs)
    })
    const outcome = await Promise.race([host.drain().then(() => 'drained' as const), this.#stopNow, timeout])
    clearTimeout(timer)
    if (outcome === 'drained') return 0
    this.log(outcome === 'timeout' ? 'the drain timeout is over: what still runs is requeued' : 'stopping at once')
    return outcome === 'timeout' ? 0 : outcome
  }
}
