import { manualCommands } from './manual-commands.mjs'

/**
 * @typedef {'redis' | 'browser' | 'driver' | 'adb'} Tool - adb is for Android alone: nothing else waits for it
 *
 * @typedef {object} System what is known of the machine's package manager; needed only where a tool is missing
 * @property {'apt' | 'brew' | 'none'} manager
 * @property {string} platform - as `process.platform`
 * @property {boolean} ubuntu - Ubuntu or made from it: its own Chromium packages are stubs that fetch a snap
 * @property {Record<string, string | undefined>} candidates - apt package → the version that apt knows of
 * @property {boolean} isRoot
 * @property {boolean} hasSudo
 * @property {boolean} isTerminal - someone is there to answer a question
 *
 * @typedef {object} Facts
 * @property {'ready' | 'adopt' | 'stale'} dependencies - `adopt`: right, but installed by someone else
 * @property {'ready' | 'stale'} build
 * @property {Tool[]} missing
 * @property {System} [system]
 *
 * @typedef {{ kind: 'consent', command: string }
 *   | { kind: 'packages', packages: string[], commands: string[][], update?: string[] }
 *   | { kind: 'install' }
 *   | { kind: 'adopt' }
 *   | { kind: 'compile' }} Step
 *
 * @typedef {{ steps: Step[], refusal?: undefined } | { refusal: string[], steps?: undefined }} Plan
 */

const aptPackages = {
  redis: ['redis-server'],
  browser: ['chromium', 'chromium-driver'],
  driver: ['chromium', 'chromium-driver'],
  adb: ['adb'],
}
const aptInstall = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300']
// sudo clears the environment, so that what apt-get must know goes through env.
const sudo = ['sudo', 'env', 'DEBIAN_FRONTEND=noninteractive']
const aptUpdate = ['apt-get', 'update', '-q']

/**
 * Decides everything that set-up does. Programs come before packages of npm: a question, or a refusal, should meet
 * people while they still look at the screen.
 * @param {Facts} facts
 * @returns {Plan} steps in order, none where there is nothing to do; or why not, line by line
 */
export function plan(facts) {
  const programs = planPrograms(facts)
  if (programs.refusal) return programs
  const steps = [...programs.steps]
  if (facts.dependencies === 'stale') steps.push({ kind: 'install' })
  if (facts.dependencies === 'adopt') steps.push({ kind: 'adopt' })
  if (facts.dependencies === 'stale' || facts.build === 'stale') steps.push({ kind: 'compile' })
  return { steps }
}

/** @returns {Plan} */
function planPrograms({ missing, system }) {
  if (missing.length === 0) return { steps: [] }
  if (!system) throw new Error('the system must be known where a program is missing')
  const all = planFor(missing, system)
  const needed = withoutAdb(missing)
  if (needed.length === missing.length) return all
  // Nobody is asked for the sake of adb, and nothing is refused.
  const bothers = all.refusal !== undefined || (needed.length === 0 && all.steps.some(({ kind }) => kind === 'consent'))
  if (!bothers) return all
  return needed.length === 0 ? { steps: [] } : planFor(needed, system)
}

/** What Baton does not start without. */
export const withoutAdb = missing => missing.filter(tool => tool !== 'adb')

/** @returns {Plan} */
function planFor(missing, system) {
  if (system.manager === 'apt') return planApt(missing, system)
  if (system.manager === 'brew') return { steps: planBrew(missing) }
  return refuse(missing, system)
}

/** @returns {Plan} */
function planApt(missing, system) {
  const packages = [...new Set(missing.flatMap(tool => aptPackages[tool]))]
  if (packages.includes('chromium') && system.ubuntu && !isRealPackage(system.candidates.chromium))
    return refuse(missing, system)

  const prefix = system.isRoot ? [] : sudo
  const install = [...prefix, ...aptInstall, ...packages]
  const update = [...prefix, ...aptUpdate]
  const unknown = packages.some(name => !system.candidates[name])
  const commands = unknown ? [update, install] : [install]
  // Lists that are there can still be too old to download from: then `update` is tried when the install has failed.
  const step = { kind: 'packages', packages, commands, ...(unknown ? {} : { update }) }
  if (system.isRoot) return { steps: [step] }

  const command = commands.map(words => words.join(' ')).join(' && ')
  if (system.hasSudo && system.isTerminal) return { steps: [{ kind: 'consent', command }, step] }
  const why = system.hasSudo ? 'nobody is there to ask' : 'this is not root and there is no sudo'
  const asRoot = command.replaceAll(`${sudo.join(' ')} `, '')
  return {
    refusal: [`${describe(missing)}, and ${why}. Run this, then try again:`, `  ${system.hasSudo ? command : asRoot}`],
  }
}

const isRealPackage = version => version !== undefined && !version.includes('snap')

/** @returns {Step[]} */
function planBrew(missing) {
  const formulas = missing.includes('redis') ? ['redis'] : []
  const casks = [
    ...(missing.includes('browser') ? ['google-chrome'] : []),
    ...(missing.includes('driver') ? ['chromedriver'] : []),
    ...(missing.includes('adb') ? ['android-platform-tools'] : []),
  ]
  const commands = [
    ...(formulas.length > 0 ? [['brew', 'install', ...formulas]] : []),
    ...(casks.length > 0 ? [['brew', 'install', '--cask', ...casks]] : []),
  ]
  return [{ kind: 'packages', packages: [...formulas, ...casks], commands }]
}

function refuse(missing, system) {
  return { refusal: [`${describe(missing)}. Run this, then try again:`, ...manualCommands(missing, system)] }
}

const titles = { redis: 'redis-server', browser: 'Chromium (or Chrome)', driver: 'ChromeDriver', adb: 'adb' }

/** For people: `redis-server and ChromeDriver are missing`. */
export function describe(missing) {
  const names = missing.map(tool => titles[tool])
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]
  return `${list} ${names.length > 1 ? 'are' : 'is'} missing`
}
