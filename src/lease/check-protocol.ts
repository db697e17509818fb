import type { LeaseScripts } from './lease-scripts.js'
import { protocolReply, readReply } from './protocol/replies.js'
import { protocolMismatch, PROTOCOL_VERSION } from './protocol/version.js'

/** Keys in one step of a scan. */
const SCAN_COUNT = 500

/**
 * Checks that all processes of the farm understand each other. A farm of another version is left alone.
 * @throws BatonError BATON_PROTOCOL_MISMATCH if the farm was set up by another version of Baton
 */
export async function checkProtocol(scripts: LeaseScripts): Promise<void> {
  const { version } = await readProtocol(scripts)
  if (version !== PROTOCOL_VERSION) throw protocolMismatch(version)
}

/**
 * As `checkProtocol`, for a host or a run: a farm of another version that has no live host and no run is taken over. Its devices are
 * forgotten; the history of modules stays.
 * @throws BatonError BATON_PROTOCOL_MISMATCH if hosts or runs of another version of Baton use the farm
 */
export async function claimProtocol(scripts: LeaseScripts): Promise<void> {
  const { version, users } = await readProtocol(scripts)
  if (version === PROTOCOL_VERSION) return
  if (users > 0) throw protocolMismatch(version)
  await removeFarm(scripts)
}

/** @returns the farm's version, 0 if an older Baton set it up; and how many live hosts and runs use it */
async function readProtocol(scripts: LeaseScripts): Promise<{ version: number; users: number }> {
  return readReply(protocolReply, await scripts.call('read-protocol'))
}

async function removeFarm({ redis, prefix }: LeaseScripts): Promise<void> {
  const history = `${prefix}:history:`
  for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
    const [next, keys] = await redis.scan(
      cursor,
      'MATCH',
      `${prefix.replace(/[*?[\]\\]/g, '\\$&')}:*`,
      'COUNT',
      SCAN_COUNT,
    )
    const old = keys.filter(name => !name.startsWith(history))
    if (old.length > 0) await redis.unlink(...old)
    cursor = next
  }
}
