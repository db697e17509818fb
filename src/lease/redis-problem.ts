import { passwordsOf, type RedisAddress } from '../device/redis-url.js'
import { BatonError } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'

interface Problem {
  /** Matches the message or the code of an error. */
  matches: RegExp
  what: string
  hint: string
}

const passwordHint =
  'write it into the URL, redis://:PASSWORD@HOST or redis://USER:PASSWORD@HOST (for Sentinel: ?sentinel-user=USER&sentinel-password=PASSWORD), and that into the variable BATON_REDIS_URL: anybody on this machine can see command lines'
/** The rights of a user of Redis with which all of Baton works. */
export const minimalAcl =
  '~{baton* -@all +@read +@write +@connection +@transaction +@blocking +eval +evalsha -@dangerous +info +time'
const certificateHint = 'name it and its key in the URL: ?ca=/FILE&cert=/FILE&key=/FILE'
const aclHint = `give its user what a farm needs: ACL SETUSER NAME ${minimalAcl}`

/** What a Redis, or something else at its address, answers to those who connect. The first one that matches counts. */
const problems: readonly Problem[] = [
  { matches: /\bNOAUTH\b/, what: 'needs a password', hint: passwordHint },
  {
    matches: /\bWRONGPASS\b|invalid password/i,
    what: 'rejects the user or the password',
    hint: 'check both. In the URL, characters such as / ? # @ % are written as %2F %3F %23 %40 %25',
  },
  { matches: /\bNOPERM\b/, what: 'does not give its user the rights that Baton needs', hint: aclHint },
  {
    matches: /DB index is out of range|invalid DB index/i,
    what: 'does not have that database',
    hint: 'name one that it has: most have 16, which are 0 to 15 (see its setting `databases`)',
  },
  {
    matches: /SELECT is not allowed in cluster mode|\bMOVED \d|\bCLUSTERDOWN\b/,
    what: 'is part of a cluster, which Baton cannot use',
    hint: 'use a single Redis',
  },
  { matches: /\bVERSION \d/, what: 'is too old', hint: 'use Redis 7.0 or later, or Valkey' },
  {
    matches: /\bDENIED\b.*protected mode/is,
    what: 'accepts connections from its own machine only (protected mode)',
    hint: 'set a password on it (requirepass), then give that in the URL',
  },
  { matches: /\bREADONLY\b/, what: 'is a replica, which cannot be written to', hint: 'name the primary Redis' },
  {
    matches: /max number of clients/i,
    what: 'has no connections left',
    hint: 'raise its maxclients',
  },
  {
    matches: /alert (?:certificate required|handshake failure)/i,
    what: 'asks for a certificate of this machine',
    hint: certificateHint,
  },
  {
    matches: /alert (?:unknown ca|bad certificate|certificate (?:expired|revoked|unknown)|unsupported certificate)/i,
    what: 'rejects the certificate of this machine',
    hint: 'use one that its authority has signed (tls-ca-cert-file of Redis), and that is valid now',
  },
  {
    matches: /key values mismatch|PEM routines|DECODER routines|BAD_DECRYPT|bad end line|no start line/i,
    what: 'cannot be connected to with the certificate in the URL',
    hint: 'cert and key must be PEM files that belong together, and the key must not need a password',
  },
  {
    matches: /No such master with that name/i,
    what: 'is unknown to the Sentinel',
    hint: 'name it in the URL, sentinel=NAME, as `sentinel monitor NAME …` does in the configuration of Sentinel',
  },
  {
    matches: /CERT|certificate|self.signed|altname/i,
    what: 'has a certificate that this machine does not trust for that name',
    hint: 'put the certificate of its authority into a file, and name that in the URL, ?ca=/FILE, or in NODE_EXTRA_CA_CERTS',
  },
]

const otherServer: Problem = {
  matches: /Protocol error, got/,
  what: 'does not answer as a Redis does',
  hint: 'check the port. If it expects TLS, use rediss://',
}
const noTls: Problem = {
  matches: /SSL|TLS|EPROTO|ECONNRESET|no answer/i,
  what: 'does not answer over TLS',
  hint: `check the port. If it has no TLS, use redis://. If it asks for a certificate of this machine, ${certificateHint}`,
}

/**
 * Explains why a Redis can't be used. Never shows the password.
 * @param cause - what ioredis or Redis reported
 */
export function redisProblem(address: RedisAddress, cause: unknown): BatonError {
  const why = withoutPassword(errorMessage(cause), address)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const all = [...problems, ...(address.tls ? [noTls] : [otherServer])]
  // A host may be called redis-tls.
  const text = `${code} ${'host' in address.target ? why.replaceAll(address.target.host, 'HOST') : why}`
  const problem = all.find(({ matches }) => matches.test(text))
  const where = `${sentinelFailed(cause) ? 'The Sentinel of Redis' : 'Redis'} at ${address.shown}`
  // Not the error as the cause: ioredis keeps the arguments of the command in it, such as the password.
  if (problem) return new BatonError('BATON_REDIS', `${where} ${problem.what}: ${why}.`, problem)
  return new BatonError('BATON_REDIS', `${where} cannot be reached: ${why}.`, {
    hint: 'check that it is running there. Without --redis and "redis" in devices.json, a run starts its own',
  })
}

/** How ioredis reports what the last Sentinel answered. */
const sentinelFailure = /^All sentinels are unreachable.*? Last error: /s

function sentinelFailed(cause: unknown): boolean {
  return sentinelFailure.test(errorMessage(cause)) && !/No such master/.test(errorMessage(cause))
}

/** Redis repeats the arguments of a command that it does not know. */
function withoutPassword(message: string, address: RedisAddress): string {
  let text = message
    .replace(sentinelFailure, '')
    .trim()
    .replace(/,? with args beginning with:.*$/s, '')
    .replace(/\.$/, '')
  for (const password of passwordsOf(address)) if (password.length >= 4) text = text.replaceAll(password, '***')
  return text
}
