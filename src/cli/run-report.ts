import { appendFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { maskDeep } from '../event/masker.js'
import type { RunEvent } from '../event/run-event.js'
import type { RunFlags } from './run-settings.js'

export interface RunReport {
  directory: string
  add(event: RunEvent): void
  durations(): Record<string, number>
  end(exitCode: number, signal: string | undefined): void
  close(): Promise<void>
}

export async function openRunReport(o: {
  run: string
  cwd: string
  flags: RunFlags
  mask: (t: string) => string
}): Promise<RunReport> {
  const directory = path.join(o.cwd, o.flags.output, o.run)
  mkdirSync(directory, { recursive: true })
  return {
    directory,
    add(event) {
      const text = JSON.stringify(maskDeep(event, o.mask))
      appendFileSync(path.join(directory, 'events.ndjson'), `${text}\n`)
      process.stdout.write(`${text}\n`)
    },
    durations: () => ({}),
    end: () => {},
    close: async () => {},
  }
}
