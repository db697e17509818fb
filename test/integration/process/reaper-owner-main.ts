/**
 * An owner whose reaper can't run at first: the program that is to run it is argv[2]. Registers the folder argv[3]. After a
 * warning it makes Node itself available for the reaper again, and exits when its standard input closes.
 */
import { registerResource } from '../../../src/process/reaper.js'

const [program = '', path = ''] = process.argv.slice(2)
const node = process.execPath
process.execPath = program
registerResource({ kind: 'directory', path })
process.on('warning', warning => {
  process.stdout.write(`${JSON.stringify(warning.message)}\n`)
  process.execPath = node
})
process.stdin.resume().on('end', () => process.kill(process.pid, 'SIGKILL'))
