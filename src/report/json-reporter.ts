import { jsonWithoutCiCommands } from './ci-commands.js'
import type { Reporter } from './reporter.js'

/**
 * `--json`: every event as it happens, one JSON text a line.
 * @param write - gets whole lines
 */
export function createJsonReporter({ write }: { write: (text: string) => void }): Reporter {
  return {
    event: event => write(`${jsonWithoutCiCommands(JSON.stringify(event))}\n`),
    // run:end was the last line.
    end: () => {},
  }
}
