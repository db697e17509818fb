import { BatonError, BatonErrors } from '../error/baton-error.js'
import type { RunFlags, RunSettings } from './run-settings.js'

/**
 * Rejects options that need a process that stays until the end of the run.
 * @throws BatonErrors BATON_USAGE, one for each
 */
export function assertDetachable(flags: RunFlags, { redisUrl, servers }: RunSettings): void {
  const errors = [
    ...(redisUrl === undefined
      ? [['a shared farm, found none: a private farm ends with the run', 'name its Redis: --redis URL']]
      : []),
    ...(Object.keys(servers).length > 0
      ? [[`no servers, found ${Object.keys(servers).join(', ')}: they end with this process`, 'start them elsewhere']]
      : []),
    ...(['bail', 'inspect', 'json', 'junit', 'reporter', 'verbose'] as const)
      .filter(name => flags[name] !== undefined)
      .map(name => [
        `no --${name}, because this process does not follow the run`,
        name === 'bail' || name === 'inspect' ? '' : 'pass it to baton follow',
      ]),
  ]
  if (errors.length === 0) return
  throw new BatonErrors(
    errors.map(([expected = '', hint = '']) => {
      const message = `baton run --detach: expected ${expected}.`
      return new BatonError('BATON_USAGE', message, hint === '' ? {} : { hint })
    }),
  )
}
