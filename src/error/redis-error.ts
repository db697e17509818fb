import { BatonError } from './baton-error.js'

/** @returns what Redis refused for lack of memory as an error that says what to do; any other error as it is */
export function redisError(error: unknown): unknown {
  if (!(error instanceof Error) || !/\bOOM command not allowed/.test(error.message)) return error
  return new BatonError('BATON_REDIS', `Redis is out of memory: ${error.message}`, {
    hint: 'raise its maxmemory, or stop runs that fill it (baton follow RUN --cancel); hosts continue by themselves',
    cause: error,
  })
}
