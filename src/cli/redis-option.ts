import { Option } from 'commander'
import { passwordsIn, redisUrlProblem } from '../device/redis-url.js'
import { BatonError } from '../error/baton-error.js'
import { hideFarmPasswords } from './secrets.js'

/** Holds the farm's URL, so that its password is not in a command line, which every user of the machine can see. */
const variable = 'BATON_REDIS_URL'

/** `--redis URL`, or the same in the environment. */
export function redisOption(): Option {
  // An empty variable is one that is not set.
  if (process.env[variable] === '') Reflect.deleteProperty(process.env, variable)
  return new Option('--redis <url>', 'the Redis of a shared farm, e.g. redis://farm.example:6379')
    .env(variable)
    .argParser(readUrl)
}

/** Not commander's own error, which repeats the value. */
function readUrl(text: string): string {
  const problem = redisUrlProblem(text)
  if (problem !== undefined) {
    const source = process.env[variable] === text ? variable : '--redis'
    throw new BatonError('BATON_USAGE', `${source}: ${problem}.`)
  }
  hideFarmPasswords(passwordsIn(text))
  return text
}

/** Hides the password from process listings and from child processes. */
export function hideCommandLine(): void {
  Reflect.deleteProperty(process.env, variable)
  if (process.argv.some(argument => passwordsIn(argument.replace(/^--redis=/, '')).length > 0)) process.title = 'baton'
}
