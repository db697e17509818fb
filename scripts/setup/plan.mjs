import { manualCommands } from './manual-commands.mjs'

/**
 * @typedef {'redis' | 'browser' | 'driver' | 'adb'} Tool - only Android needs adb
 *
 * @typedef {object} System the machine's package manager; needed only if a tool is missing
 * @property {'apt' | 'brew' | 'none'} manager
 * @property {string} platform - as `process.platform`
 * @property {boolean} ubuntu - Ubuntu or based on it: its Chromium packages are stubs that install a snap
 * @property {Record<string, string | undefined>} candidates - apt package → the version that apt would install
 * @property {boolean} isRoot
 * @property {boolean} hasSudo
 * @property {boolean} isTerminal - a user can answer questions
 *
 * @typedef {object} Facts
 * @property {'ready' | 'adopt' | 'stale'} dependencies - `adopt`: correct, but not installed by setup
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
// sudo clears the environment, so variables for apt-get are passed with env.
const sudo = ['sudo', 'env', 'DEBIAN_FRONTEND=noninteractive']
const aptUpdate = ['apt-get', 'update', '-q']

/**
 * Decides everything that setup does. Programs come before npm packages, so that users see a question or a refusal at
 * once.
 * @param {Facts} facts
 * @returns {Plan} steps in order, empty if everything is ready; or the reason for a refusal, line by line
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
  if (!system) throw new Error('the system must be known if a program is missing')
  const all = planFor(missing, system)
  const needed = withoutAdb(missing)
  if (needed.length === missing.length) return all
  // adb alone is never a reason to ask or to refuse.
  const asksOrRefuses =
    all.refusal !== undefined || (needed.length === 0 && all.steps.some(({ kind }) => kind === 'consent'))
  if (!asksOrRefuses) return all
  return needed.length === 0 ? { steps: [] } : planFor(needed, system)
}

/** The programs that Baton can't start without. */
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
  // Package lists may be too old to download from. In that case, `update` runs after the install has failed.
  const step = { kind: 'packages', packages, commands, ...(unknown ? {} : { update }) }
  if (system.isRoot) return { steps: [step] }

  const command = commands.map(words => words.join(' ')).join(' && ')
  if (system.hasSudo && system.isTerminal) return { steps: [{ kind: 'consent', command }, step] }
  const why = system.hasSudo ? 'there is no terminal to ask on' : 'you are not root and there is no sudo'
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

/** For users: `redis-server and ChromeDriver are missing`. */
export function describe(missing) {
  const names = missing.map(tool => titles[tool])
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]
  return `${list} ${names.length > 1 ? 'are' : 'is'} missing`
}
