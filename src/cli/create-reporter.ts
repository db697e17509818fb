import { createConsoleReporter } from '../report/console-reporter.js'
import { createJsonReporter } from '../report/json-reporter.js'
import type { Reporter } from '../report/reporter.js'

/** How a run is shown on standard output. */
export function createReporter(
  flags: { json?: boolean; verbose?: boolean; inspect?: boolean },
  reportDirectory: string,
): Reporter {
  const write = (text: string): void => void process.stdout.write(text)
  if (flags.json) return createJsonReporter({ write })
  const cwd = process.cwd()
  const verbose = (flags.verbose ?? false) || (flags.inspect ?? false)
  return createConsoleReporter({ write, color: wantsColor(), verbose, cwd, reportDirectory })
}

/** https://no-color.org and https://force-color.org; else as the terminal can. */
function wantsColor(): boolean {
  if (process.env['NO_COLOR']) return false
  if (process.env['FORCE_COLOR']) return process.env['FORCE_COLOR'] !== '0'
  return process.stdout.isTTY && process.stdout.hasColors()
}
