import { CommanderError } from 'commander'
import { createProgram } from './program.js'
import { redisError } from '../error/baton-error.js'
import { exitCodeFor, formatError } from '../error/format-error.js'
import { diskError } from '../error/write-error.js'
import { shown } from './secrets.js'

/** The one exit of the command line: turns whatever a command throws into a message and an exit code. */
export async function main(): Promise<void> {
  ignoreClosedOutput()
  try {
    process.exitCode = await run()
  } catch (thrown) {
    const error = diskError(redisError(thrown))
    process.stderr.write(`${shown(formatError(error))}
`)
    process.exitCode = exitCodeFor(error)
  }
}

async function run(): Promise<number> {
  let exitCode = 0
  const program = createProgram(code => (exitCode = code))
  try {
    await program.parseAsync(process.argv)
  } catch (error) {
    // commander has printed its own text; --help and --version end with 0
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  return exitCode
}

/** The reader of the output may be gone (`baton run | head`). The run continues: its report is in files. */
function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
