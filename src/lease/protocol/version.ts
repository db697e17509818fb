import { BatonError } from '../../error/baton-error.js'

/**
 * What the processes of a farm must agree on: keys, scripts, replies, messages, job data and the control API between hosts. Raise it
 * with any change that an older process would misread.
 */
export const PROTOCOL_VERSION = 2

/** @param found - the farm's version; 0: it was set up by a Baton that stored none */
export function protocolMismatch(found: number): BatonError {
  const who = found === 0 ? 'an older Baton, without a protocol version' : `protocol version ${found}`
  const which = found > PROTOCOL_VERSION ? 'a newer Baton here' : 'the same version of Baton on all machines'
  return new BatonError(
    'BATON_PROTOCOL_MISMATCH',
    `the farm uses ${who}; this Baton uses protocol version ${PROTOCOL_VERSION}`,
    {
      hint: `install ${which}, or stop all hosts and runs of the other version: then the first host or run that starts takes over the farm`,
    },
  )
}
