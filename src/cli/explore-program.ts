import { Option, type Command } from 'commander'
import { defaults } from '../device/defaults.js'
import type { ExploreFlags, ReplayFlags } from './explore-flags.js'
import { milliseconds, minutes, positiveNumber, wholeNumber } from './parse-option.js'
import { addFarmOptions, addModuleOptions, addOutputOptions } from './run-program.js'

/** `baton explore` */
export function addExplore(program: Command, setExitCode: (code: number) => void): void {
  const explore = program
    .command('explore [globs...]')
    .description('run modules in many orders of what their devices do and receive, to find races')
    .option('--iterations <n>', 'how often each module runs', positiveNumber)
    .option(
      '--minutes <m>',
      `time for all modules, unless --iterations is given (default: ${defaults.exploreMinutes})`,
      minutes,
    )
    .option('--seed <s>', 'the first seed; the same seed gives the same orders (default: random)', wholeNumber)
    .option(
      '--strategy <name>',
      `how orders are chosen: mix, random, pos, surw, pct:D, delay:D, enumerate or natural (default: ${defaults.exploreStrategy})`,
    )
    .option('--until-bug', 'stop a module at its first bug, which is the default')
    .option('--all', 'go on after a bug, and look for others')
    .option(
      '--max-decisions <n>',
      `after this many, the rest of an iteration is in natural order (default: ${defaults.maxDecisions})`,
      positiveNumber,
    )
    .option(
      '--parallel <n>',
      'iterations at the same time, at most; otherwise as many as the devices allow',
      positiveNumber,
    )
    .option('--fail-on-flaky-server', 'fail if a server answers too late to be controlled')
  addFarmOptions(explore)
  addModuleOptions(explore)
  explore
    .option('--last-failed', 'explore only modules that failed in the last run; without globs, all of them')
    .option('--dry-run', 'show modules, needs and devices; explore nothing')
  addOutputOptions(explore)
  hideOptions(explore)
  explore.action(async (globs: string[], flags: ExploreFlags) =>
    setExitCode(await (await import('./explore-command.js')).exploreCommand(globs, flags)),
  )
}

/** `baton replay` */
export function addReplay(program: Command, setExitCode: (code: number) => void): void {
  const replay = program
    .command('replay <file>')
    .description('run a module in the order of a schedule that baton explore has saved')
    .option('--times <n>', `how often (default: ${defaults.replayTimes})`, positiveNumber)
    .option('--headed', 'show the browsers; only without --redis')
    .option('--slow <ms>', 'pause before each step, for people who watch', milliseconds)
  addFarmOptions(replay)
  addModuleOptions(replay)
  addOutputOptions(replay)
  hideOptions(replay)
  replay.action(async (file: string, flags: ReplayFlags) =>
    setExitCode(await (await import('./replay-command.js')).replayCommand(file, flags)),
  )
}

/** Options of `baton run` that make no sense here: they are read, so that the error can say why. */
function hideOptions(command: Command): void {
  const known = new Set(command.options.map(({ long }) => long))
  const flags = [
    '--detach',
    '--shard [i/n]',
    '--retries [n]',
    '--bail',
    '--every [labels]',
    '--every-role [name]',
    '--list',
  ]
  const more = [
    '--in-order',
    '--repeat [n]',
    '--plan [file]',
    '--inspect',
    '--video [mode]',
    '--trace [mode]',
    '--update-snapshots [mode]',
  ]
  for (const option of [...flags, ...more, '--last-failed', '--dry-run', '--parallel [n]', '--headed']) {
    const hidden = new Option(option).hideHelp()
    if (!known.has(hidden.long ?? '')) command.addOption(hidden)
  }
}
