export interface PhoneProcess {
  pid: number
  name: string
  user: string
}

const systemProcesses = ['init', 'zygote64', 'system_server', 'surfaceflinger', 'com.android.systemui', 'adbd']

/** The phone's processes, by process id. */
export class Processes {
  readonly #running = new Map<number, PhoneProcess>()
  readonly #ends = new Map<number, () => void>()
  #nextPid = 1

  /** Ends all processes at a reboot. */
  boot(): void {
    for (const pid of this.#running.keys()) this.end(pid)
    this.#nextPid = 1
    for (const name of systemProcesses) {
      this.start(name, 'system')
      this.#nextPid += 211
    }
    this.#nextPid = 4000 + Math.floor(Math.random() * 8000)
  }

  /** A process id for a process that is not listed yet, or never. */
  reservePid(): number {
    return this.#nextPid++
  }

  /** @param onEnd - called once when it ends */
  start(name: string, user = 'u0_a123', onEnd: () => void = () => {}, pid = this.reservePid()): number {
    this.#running.set(pid, { pid, name, user })
    this.#ends.set(pid, onEnd)
    return pid
  }

  end(pid: number): boolean {
    if (!this.#running.delete(pid)) return false
    const onEnd = this.#ends.get(pid)
    this.#ends.delete(pid)
    onEnd?.()
    return true
  }

  /** Ends all of one name. */
  endNamed(name: string): void {
    for (const { pid } of this.named(name)) this.end(pid)
  }

  named(name: string): PhoneProcess[] {
    return this.list().filter(process => process.name === name)
  }

  pidOf(name: string): number {
    return this.named(name)[0]?.pid ?? 0
  }

  list(): PhoneProcess[] {
    return [...this.#running.values()]
  }
}
