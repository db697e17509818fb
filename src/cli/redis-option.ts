import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import { passwordsIn, redisUrlProblem } from '../device/redis-url.js'
import { BatonError } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'
import { hideFarmPasswords } from './secrets.js'

/** Holds the farm's URL, so that its password is not in a command line, which every user of the machine can see. */
const variable = 'BATON_REDIS_URL'

/** Before the path of a file that holds the URL. */
const filePrefix = 'file:'

/** `--redis URL` or `--redis file:PATH`, or the same in the environment. */
export function redisOption(): Option {
  // An empty variable is one that is not set.
  if (process.env[variable] === '') Reflect.deleteProperty(process.env, variable)
  return new Option(
    '--redis <url>',
    'the Redis of a shared farm: redis://farm.example:6379, or file:PATH of a file that holds the URL',
  )
    .env(variable)
    .argParser(readUrl)
}

/** Not commander's own error, which repeats the value. */
function readUrl(value: string): string {
  const source = process.env[variable] === value ? variable : '--redis'
  const url = value.startsWith(filePrefix) ? readUrlFile(value.slice(filePrefix.length), source) : value
  const problem = redisUrlProblem(url)
  if (problem !== undefined) {
    throw new BatonError('BATON_USAGE', `${source}${url === value ? '' : ` (${value})`}: ${problem}.`)
  }
  hideFarmPasswords(passwordsIn(url))
  return url
}

/** @returns its first line */
function readUrlFile(file: string, source: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n', 1)[0] ?? ''
  } catch (error) {
    throw new BatonError('BATON_USAGE', `${source}: cannot read the URL from '${file}': ${errorMessage(error)}.`, {
      hint: "write the URL of the farm's Redis into that file.",
    })
  }
}

/** Hides the password from process listings and from child processes. */
export function hideCommandLine(): void {
  Reflect.deleteProperty(process.env, variable)
  if (process.argv.some(argument => passwordsIn(argument.replace(/^--redis=/, '')).length > 0)) process.title = 'baton'
}
