import { hasAdbFailed } from './adb-stamp.mjs'
import { checkBuild } from './build.mjs'
import { checkDependencies } from './dependencies.mjs'
import { acquireLock, lockPath } from './lock.mjs'
import { perform, say, SetupError } from './perform.mjs'
import { plan } from './plan.mjs'
import { inspectSystem } from './system.mjs'
import { findMissing } from './tools.mjs'

/**
 * Checks first without the lock, because usually nothing needs to be done, and again under it, because another setup may
 * have done it by then.
 * @param {object} world
 * @param {string} world.root - the clone
 * @param {Record<string, string | undefined>} world.env
 * @param {string} world.platform - as `process.platform`
 * @param {boolean} world.isRoot
 * @param {boolean} world.isTerminal
 * @param {string} world.osReleaseFile
 * @param {string} world.applications - folder of macOS applications
 * @returns {Promise<number>} exit code: 0 ready, 1 the sources do not compile, 3 something is missing
 */
export async function setUp(world) {
  try {
    if (decide(world).steps.length === 0) return 0
    const lock = await acquireLock(lockPath(world.root), () => say('waiting for another setup of this clone'))
    try {
      const { steps, system } = decide(world)
      for (const step of steps) await perform(step, { ...world, lock, system })
    } finally {
      lock.close()
    }
    return 0
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    return error.exitCode
  }
}

// Inspecting the system is slow, so it is not done for adb alone if that would need a question or has failed before.
const canTryAdb = ({ root, isRoot, platform }) => (isRoot || platform === 'darwin') && !hasAdbFailed(root)

function decide(world) {
  const found = findMissing(world)
  const missing = found.every(tool => tool === 'adb') && !canTryAdb(world) ? [] : found
  const system = missing.length > 0 ? inspectSystem(world) : undefined
  const dependencies = checkDependencies(world.root)
  const build = dependencies === 'stale' ? 'stale' : checkBuild(world.root)
  const { steps, refusal } = plan({ dependencies, build, missing, system })
  if (refusal) throw new SetupError(refusal)
  return { steps, system }
}
