import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { forgetBuild, pruneBuild, stampBuild } from './build.mjs'
import { forgetDependencies, stampDependencies } from './dependencies.mjs'
import { manualCommands } from './manual-commands.mjs'
import { describe, withoutAdb } from './plan.mjs'
import { runCommand } from './run-command.mjs'
import { recordAdbFailure } from './adb-stamp.mjs'
import { findMissing } from './tools.mjs'

/** Set-up can't continue: lines for the user, and the exit code. */
export class SetupError extends Error {
  constructor(lines, exitCode = 3) {
    super(lines.join('\n'))
    this.exitCode = exitCode
  }
}

/**
 * Performs one step of the plan.
 * @param {import('./plan.mjs').Step} step
 * @param {object} world - see set-up.mjs; with `lock` and, if a program is missing, `system`
 * @throws SetupError
 */
export async function perform(step, world) {
  switch (step.kind) {
    case 'consent':
      return askConsent(step.command)
    case 'packages':
      return installPackages(step, world)
    case 'install':
      return installDependencies(world)
    case 'adopt':
      return stampDependencies(world.root)
    case 'compile':
      return compile(world)
    default:
      throw new Error(`no such step: ${step.kind}`)
  }
}

async function askConsent(command) {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`setup: this needs root:\n  ${command}\nRun it now? [Y/n] `)
  terminal.close()
  if (!/^(y|yes|)$/i.test(answer.trim()))
    throw new SetupError(['setup needs this. Run it yourself, then try again:', `  ${command}`])
}

async function installPackages(step, world) {
  say(
    `installing ${step.packages.join(', ')} (${step.commands.at(-1).find(word => /^(apt-get|brew)$/.test(word))}; this can take a minute)`,
  )
  const options = {
    ...world,
    cwd: world.root,
    env: { ...world.env, DEBIAN_FRONTEND: 'noninteractive', NONINTERACTIVE: '1' },
  }
  let result = await runAll(step.commands, options)
  if (!result.ok && step.update) result = await runAll([step.update, ...step.commands], options)
  // If the system has no adb package, install the rest anyway.
  if (!result.ok && step.packages.length > 1 && step.packages.some(isAdb)) {
    result = await runAll(
      step.commands.map(words => words.filter(word => !isAdb(word))),
      options,
    )
  }
  const found = findMissing(world)
  if (found.includes('adb')) {
    say('adb could not be installed; only Android devices need it')
    recordAdbFailure(world.root)
  }
  const missing = withoutAdb(found)
  if (missing.length === 0) return
  throw new SetupError([
    `${result.command} ${result.ok ? 'succeeded, but' : 'failed:'} ${describe(missing)}.`,
    ...(result.output && !result.ok ? [result.output] : []),
    'Install it by hand:',
    ...(world.system.platform === 'darwin' || world.system.ubuntu
      ? manualCommands(missing, world.system)
      : step.commands.map(words => `  ${words.join(' ')}`)),
  ])
}

const isAdb = name => name === 'adb' || name === 'android-platform-tools'

async function runAll(commands, options) {
  for (const words of commands) {
    const result = await runCommand(words, options)
    if (!result.ok) return { ...result, command: words.join(' ') }
  }
  return { ok: true, output: '', command: commands.at(-1).join(' ') }
}

async function installDependencies(world) {
  say('installing npm packages (npm ci; this can take a minute)')
  forgetDependencies(world.root)
  // include=dev: the compiler is needed even where NODE_ENV says production. Scripts of packages may download headers or
  // drivers, and nothing here needs what they build.
  const words = ['npm', 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']
  const { ok, output } = await runCommand(words, { ...world, cwd: world.root })
  if (!ok) throw new SetupError(['npm ci failed:', output])
  stampDependencies(world.root)
}

async function compile(world) {
  say('compiling')
  forgetBuild(world.root)
  const compiler = join(world.root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { ok, output } = await runCommand([process.execPath, compiler, '-p', '.'], { ...world, cwd: world.root })
  if (!ok) throw new SetupError(['the sources do not compile:', output], 1)
  pruneBuild(world.root)
  stampBuild(world.root)
}

// To stderr, because the command after setup may print JSON to stdout.
export function say(line) {
  process.stderr.write(`setup: ${line}\n`)
}
