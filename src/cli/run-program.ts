import { Option, type Command } from 'commander'
import { defaults } from '../device/defaults.js'
import { videoModes } from '../device/device-entry.js'
import { traceModes } from '../event/trace-mode.js'
import { reporterNames } from '../report/reporter-request.js'
import { snapshotModes } from '../script/worker-messages.js'
import {
  collect,
  keptRuns,
  milliseconds,
  pattern,
  repetitions,
  reporter,
  requirement,
  shard,
  wholeNumber,
} from './parse-option.js'
import { redisOption } from './redis-option.js'
import type { RunFlags } from './run-settings.js'

/** `baton run` */
export function addRun(program: Command, setExitCode: (code: number) => void): void {
  const run = program
    .command('run [globs...]')
    .description('run modules on the devices of devices.json, or on a shared farm')
  addFarmOptions(run)
  addModuleOptions(run)
  run
    .option('--plan <file>', 'a test plan: suites of modules, their devices and order, instead of globs')
    .option('--retries <n>', `run a failed module this many times more (default: ${defaults.retries})`, wholeNumber)
    .option('--detach', 'submit to a shared farm and exit; baton follow shows the run')
    .option('--bail', 'stop the run at the first failure')
    .addOption(
      new Option(
        '--video <mode>',
        'record the screens of devices that can be recorded; overrides devices.json',
      ).choices(videoModes),
    )
    .addOption(
      new Option(
        '--trace <mode>',
        'which attempts keep a record of every command (default: retain-on-failure)',
      ).choices(traceModes),
    )
    .addOption(
      new Option('--update-snapshots [mode]', 'which stored snapshots to write: all, new ones or none')
        .choices(snapshotModes)
        .preset('all'),
    )
    .option('--list', 'list modules with their roles; run nothing')
    .option('--dry-run', 'show modules, needs, devices and the expected order; run nothing')
    .option('--inspect', 'run one worker under the debugger, without deadlines')
  addOutputOptions(run)
  addCoverage(run)
  run.action(async (globs: string[], flags: RunFlags) =>
    setExitCode(await (await import('./run-command.js')).runCommand(globs, flags)),
  )
}

/** Which devices a run uses, and how long it waits for them. */
export function addFarmOptions(command: Command): void {
  command
    .option('--devices <file>', `the devices of the farm (default: ${defaults.devicesFile})`)
    .option('--on <labels>', 'use only devices with all of these labels, e.g. platform=android,tablet')
    .addOption(redisOption())
    .option(
      '--wait-timeout <ms>',
      `how long a module waits while no online device matches (default: ${defaults.waitTimeoutMs})`,
      milliseconds,
    )
    .option(
      '--wait-for <what>',
      'first wait for so many hosts of the farm, e.g. 5, or devices, e.g. platform=android:8; repeatable',
      requirement,
    )
    .option(
      '--owner-ttl <ms>',
      `how long a shared farm keeps the run after this process has died (default: ${defaults.ownerTtlMs})`,
      milliseconds,
    )
    .option('--app <file>', 'the app under test (.apk); overrides the plan and devices.json')
    .option('--keep-warm', 'keep the private farm for the next run; baton farm stop ends it')
    .option('--no-keep-warm', 'start a private farm for this run alone, even if there is a warm one')
}

/** What modules are, and what they see. */
export function addModuleOptions(command: Command): void {
  command
    .option('--config <file>', 'the configuration of the project, instead of baton.config.ts')
    .option('--wdio-config <file>', 'a WebdriverIO configuration: its specs, options and hooks')
    .option('--suite <name>', 'with --wdio-config: run a suite of it instead of its specs; repeatable', collect)
    .option('--grep <pattern>', 'run only tests whose full title matches', pattern)
    .option('--strict', 'run nothing if one module has a syntax error or an import that is not found')
    .option(
      '--timeout <ms>',
      `deadline of each test and hook; 0: none (default: ${defaults.testTimeoutMs})`,
      wholeNumber,
    )
    .option(
      '--module-timeout <ms>',
      `deadline of a module, from its first line (default: ${defaults.moduleTimeoutMs})`,
      milliseconds,
    )
    .option('--setup <file>', 'a setup file, bundled into each module; repeatable', collect)
    .option('--env <name>', 'an environment variable for modules: NAME or NAME=VALUE; repeatable', collect)
}

export function addOutputOptions(command: Command): void {
  command
    .option('--junit <file>', 'write the JUnit report there too')
    .option('--reporter <name[=file]>', `another report: ${reporterNames.join(', ')}; repeatable`, reporter)
    .option('--output <directory>', 'the directory for reports', defaults.outputDirectory)
    .option(
      '--keep <n>',
      `how many runs keep their reports in --output, or all; in CI: all (default: ${defaults.keptRuns})`,
      keptRuns,
    )
    .option('--json', 'print events as JSON lines')
    .option('--verbose', "show every module's console lines")
}

/** Which modules a run takes, and which devices it covers. */
function addCoverage(run: Command): void {
  run
    .option('--every [labels]', 'run each module on every device that can take it, or on those with these labels')
    .option(
      '--every-role <name>',
      'with --every: run modules with several roles once for each device that can take this role',
    )
    .option('--in-order', 'with --every: run the modules of each device one after another, by path')
    .option('--last-failed', 'run only modules that failed last time; without globs, all of them')
    .option('--repeat <n>', 'run each module n times', repetitions)
    .option('--shard <i/n>', 'run only the i-th of n parts, e.g. 2/5', shard)
}
