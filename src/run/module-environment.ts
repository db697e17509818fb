import { BatonError } from '../error/baton-error.js'
import { ownValue } from '../device/references.js'

/** What every module sees of the submitter's environment; everything else has to be named. */
const always = ['LANG', 'TZ', 'NODE_ENV']

/** As WebdriverIO's own runner has it. */
const testEnvironment = [['NODE_ENV', 'test']] as const

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What modules see of the submitter's environment. The host that runs a module adds the variables of its machine (PATH,
 * HOME, …), unless they are named here.
 * @param requests - `NAME` (the submitter's value) or `NAME=VALUE`; later ones win
 * @throws BatonError BATON_ENV_MISSING if a requested variable is not set
 */
export function moduleEnvironment(requests: readonly string[], submitter: Environment): Record<string, string> {
  const granted = always.flatMap(name => (submitter[name] === undefined ? [] : [[name, submitter[name]] as const]))
  return Object.fromEntries([
    ...testEnvironment,
    ...granted,
    ...requests.map(request => readRequest(request, submitter)),
  ])
}

function readRequest(request: string, submitter: Environment): readonly [string, string] {
  const equals = request.indexOf('=')
  if (equals === 0 || request === '') {
    throw new BatonError('BATON_USAGE', `--env '${request}': expected NAME or NAME=VALUE.`)
  }
  if (equals > 0) return [request.slice(0, equals), request.slice(equals + 1)]
  const value = ownValue(submitter, request)
  if (value !== undefined) return [request, value]
  throw new BatonError('BATON_ENV_MISSING', `the environment variable '${request}', which modules need, is not set.`, {
    hint: `set it, or give its value: --env ${request}=VALUE`,
  })
}
