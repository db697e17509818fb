/** A crash or an ANR of an app, as found in the phone's log. */
export interface CrashReport {
  /** Name of the app's process. */
  process: string
  /** One line. */
  description: string
}

/**
 * Finds crashes and ANRs in the lines of `logcat -v threadtime`, fed one by one because a report spans several lines.
 * Keeps the first few reports only, in case an app crashes in a loop.
 */
export class CrashParser {
  readonly reports: CrashReport[] = []
  #fatal: { process?: string } | undefined
  #native: { process: string } | undefined

  parseLine(line: string): void {
    const [, tag = '', message = ''] = logLine.exec(line) ?? []
    if (tag === 'AndroidRuntime') this.#readFatal(message)
    else if (tag === 'DEBUG') this.#readNative(message)
    else if (tag.startsWith('ActivityManager')) this.#readAnr(message)
  }

  clear(): void {
    this.reports.length = 0
    this.#fatal = undefined
    this.#native = undefined
  }

  /** `FATAL EXCEPTION: main`, `Process: com.example, PID: 4711`, then the exception. */
  #readFatal(message: string): void {
    if (message.startsWith('FATAL EXCEPTION')) {
      this.#fatal = {}
      return
    }
    if (!this.#fatal) return
    const process = /^Process: ([\w.:]+)/.exec(message)?.[1]
    if (process !== undefined) this.#fatal.process = process
    else if (this.#fatal.process !== undefined) {
      this.#add(this.#fatal.process, `crashed: ${message}`)
      this.#fatal = undefined
    }
  }

  /** `signal 11 (SIGSEGV), code 1 …` comes before or after `pid: 1, tid: 1, name: x  >>> com.example <<<`. */
  #readNative(message: string): void {
    const process = />>> ([\w.:/]+) <<</.exec(message)?.[1]
    const signal = /^signal \d+ \((SIG\w+)\)/.exec(message)?.[1]
    if (process !== undefined) {
      this.#native = { process }
    } else if (signal !== undefined && this.#native) {
      this.#add(this.#native.process, `crashed: native ${signal}`)
      this.#native = undefined
    }
  }

  #readAnr(message: string): void {
    const process = /^ANR in ([\w.:]+)/.exec(message)?.[1]
    if (process !== undefined) this.#add(process, 'does not respond (ANR)')
    const reason = /^Reason: (.+)/.exec(message)?.[1]
    const last = this.reports.at(-1)
    if (reason !== undefined && last?.description === 'does not respond (ANR)') last.description += `: ${reason}`
  }

  #add(process: string, what: string): void {
    if (this.reports.length < maxReports) this.reports.push({ process, description: what.slice(0, 300) })
  }
}

const maxReports = 10
/** `11-21 08:00:00.000  1234  1234 E AndroidRuntime: message` */
const logLine = /^\d\d-\d\d \d\d:\d\d:\d\d\.\d+\s+\d+\s+\d+ [VDIWEFA] (\S+)\s*: (.*)$/

/**
 * One line about the crashes of an app, to show with a failure.
 * @param app - package of the app under test; undefined: all apps except those of Appium
 */
export function summarizeCrashes(reports: readonly CrashReport[], app: string | undefined): string | undefined {
  const own = reports.filter(({ process }) =>
    app === undefined ? !process.startsWith('io.appium.') : process === app || process.startsWith(`${app}:`),
  )
  return own.length === 0 ? undefined : own.map(({ process, description: what }) => `${process} ${what}`).join('; ')
}
