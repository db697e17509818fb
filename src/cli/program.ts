import { Command, Option } from 'commander'
import { BatonError } from '../error/baton-error.js'
import { packageVersion } from '../process/package-root.js'
import type { DoctorFlags } from './doctor/doctor-command.js'
import { defaults } from '../device/defaults.js'
import type { DevicesFlags } from './devices-command.js'
import { addExplore, addReplay } from './explore-program.js'
import { addFarm } from './farm/farm-program.js'
import type { FollowFlags } from './follow-command.js'
import type { HostFlags } from './host-command.js'
import type { HostsFlags } from './hosts-command.js'
import type { InitFlags } from './init/init-command.js'
import { hostName, hostPort, milliseconds, patience, port, reporter, wholeNumber } from './parse-option.js'
import { logFormats, logLevels } from '../host/log-level.js'
import { reporterNames } from '../report/reporter-request.js'
import type { ReportFlags } from './report-command.js'
import { hideCommandLine, redisOption } from './redis-option.js'
import { addRun } from './run-program.js'
import { shown } from './secrets.js'

const devicesFile = ['--devices <file>', 'the devices of the farm', defaults.devicesFile] as const

/** The command line. Each command has its own file, loaded when it is used, because loading all takes long. */
export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('baton')
    .description('Runs mocha and WebdriverIO scripts on a farm of phones, passing control from device to device.')
    .version(packageVersion(), '-V, --version')
    .showSuggestionAfterError()
    // Its messages repeat arguments.
    .configureOutput({ writeErr: text => void process.stderr.write(shown(text)) })
    .exitOverride()
    .hook('preAction', hideCommandLine)
  addRun(program, setExitCode)
  addExplore(program, setExitCode)
  addReplay(program, setExitCode)
  program
    .command('host')
    .description('serve the devices of this machine to a farm, until stopped')
    .addOption(redisOption().makeOptionMandatory())
    .option(...devicesFile)
    .option('--name <name>', "the name of this host on the farm (default: the machine's)", hostName)
    .option(
      '--lease-ttl <ms>',
      `how long the farm keeps its devices reserved while it is silent (default: ${defaults.leaseTtlMs})`,
      milliseconds,
    )
    .option('--labels <labels>', 'labels for every device of this host, e.g. room=lab-2,nightly')
    .option('--advertise <host[:port]>', 'where hosts on other machines reach its gateway', hostPort)
    .option('--gateway-port <port>', 'the port that its gateway listens on (default: a free one)', port)
    .option('--tls', 'encrypt its gateway, with a certificate that it makes itself and announces through Redis')
    .option('--tls-cert <file>', 'encrypt its gateway with this certificate (PEM)')
    .option('--tls-key <file>', 'the key of --tls-cert')
    .option('--tls-ca <file>', 'connect only to hosts whose certificates this CA has signed')
    .option('--metrics-port <port>', 'serve Prometheus metrics and health checks on this port', port)
    .option('--metrics-address <address>', 'with --metrics-port: the address to listen on (default: 127.0.0.1)')
    .option(
      '--drain-timeout <ms>',
      `when it is stopped, how long modules that run may take to end; 0: none (default: ${defaults.drainTimeoutMs})`,
      wholeNumber,
    )
    .option(
      '--give-up-after <ms>',
      'how long to wait for a Redis that is not there yet or goes away; 0: not at all, or never ' +
        `(default: ${defaults.giveUpAfterMs})`,
      patience,
    )
    .addOption(new Option('--log-format <format>', 'how to log').choices(logFormats).default('text'))
    .addOption(
      new Option('--log-level <level>', 'what to log: this and what is more important')
        .choices(logLevels)
        .default('info'),
    )
    .option(
      '--health-check-interval <ms>',
      `time between health checks of idle devices (default: ${defaults.healthCheckIntervalMs})`,
      milliseconds,
    )
    .addOption(new Option('--look-every <ms>').argParser(milliseconds).hideHelp())
    .addOption(new Option('--headed').hideHelp())
    .action(async (flags: HostFlags) => setExitCode(await (await import('./host-command.js')).hostCommand(flags)))
  program
    .command('follow <run>')
    .description('show and report a run that was submitted with --detach, from its beginning')
    .addOption(redisOption().makeOptionMandatory())
    .option('--cancel', 'cancel the run first')
    .option('--junit <file>', 'write the JUnit report there too')
    .option('--reporter <name[=file]>', `another report: ${reporterNames.join(', ')}; repeatable`, reporter)
    .option('--output <directory>', 'the directory for reports', defaults.outputDirectory)
    .option('--json', 'print events as JSON lines')
    .option('--verbose', "show every module's console lines")
    .action(async (run: string, flags: FollowFlags) =>
      setExitCode(await (await import('./follow-command.js')).followCommand(run, flags)),
    )
  const devices = program
    .command('devices')
    .description('list devices: state, reason, what runs on them; with a name: one device and its history')
    .argument('[name]', 'a device of a shared farm')
    .option(...devicesFile)
    .addOption(redisOption())
    .option('--forget <host>', 'remove the devices of a host that will not come back from a shared farm')
    .option('--discover', 'print an entry for devices.json for each connected phone')
    .option('--json', 'print JSON')
    .action(async (name: string | undefined, flags: DevicesFlags) =>
      setExitCode(await (await import('./devices-command.js')).devicesCommand(flags, name)),
    )
  addHosts(program, setExitCode)
  addFarm(program, setExitCode)
  addDeviceActions(devices, setExitCode)
  program
    .command('init')
    .description('write devices.json, a first test, an npm script and a CI workflow; keeps what is there')
    .option('--yes', 'ask nothing')
    .option('--android', 'for Android phones, instead of phones that Chromium emulates')
    .action(async (flags: InitFlags) => setExitCode(await (await import('./init/init-command.js')).initCommand(flags)))
  program
    .command('doctor')
    .description('check this machine for what the devices of devices.json need, and say what to install')
    .option(...devicesFile)
    .addOption(redisOption())
    .action(async (flags: DoctorFlags) =>
      setExitCode(await (await import('./doctor/doctor-command.js')).doctorCommand(flags)),
    )
  program
    .command('test [globs...]', { hidden: true })
    .allowUnknownOption()
    .action((globs: string[]) => {
      const hint = `baton run ${globs.join(' ') || "'test/**/*.ts'"}`
      throw new BatonError('BATON_USAGE', "unknown command 'test'.", { hint })
    })
  program
    .command('report <directories...>')
    .description("make run.json and junit.xml from a run's events, also of a run that was killed")
    .option('--reporter <name[=file]>', `another report: ${reporterNames.join(', ')}; repeatable`, reporter)
    .option('--merge <directory>', 'join several runs there, such as the shards of a CI job')
    .option('--open', 'write the HTML report, and show it in a browser')
    .action(async (directories: string[], flags: ReportFlags) =>
      setExitCode(await (await import('./report-command.js')).reportCommand(directories, flags)),
    )
  return program
}

function addHosts(program: Command, setExitCode: (code: number) => void): void {
  const load = async () => import('./hosts-command.js')
  const hosts = program
    .command('hosts')
    .description('list the hosts of a farm: state, devices, load, last heartbeat')
    .addOption(redisOption().makeOptionMandatory())
    .option('--json', 'print JSON')
    .action(async (flags: HostsFlags) => setExitCode(await (await load()).hostsCommand(flags)))
  hosts
    .command('drain <name>')
    .description('give a host no new modules; it stops when those that run have ended')
    .option('--wait', 'wait until it has left')
    .action(async (name: string, { wait }: { wait?: boolean }) =>
      setExitCode(await (await load()).drainHost(name, { ...hosts.opts<HostsFlags>(), ...(wait && { wait }) })),
    )
  hosts
    .command('remove <name>')
    .description('remove a host that will not come back, and its devices')
    .action(async (name: string) => setExitCode(await (await load()).removeHost(name, hosts.opts<HostsFlags>())))
}

function addDeviceActions(devices: Command, setExitCode: (code: number) => void): void {
  devices
    .command('quarantine <name>')
    .description('take a device of a shared farm out of use, until it is restored')
    .addOption(redisOption())
    .requiredOption('--why <text>', 'the reason, for all who wait for the device')
    .action(async (name: string, _: unknown, command: Command) =>
      setExitCode(await (await import('./quarantine-command.js')).quarantineCommand(name, command.optsWithGlobals())),
    )
  devices
    .command('restore <name>')
    .description('let a quarantined device of a shared farm serve again')
    .addOption(redisOption())
    .action(async (name: string, _: unknown, command: Command) =>
      setExitCode(await (await import('./quarantine-command.js')).restoreCommand(name, command.optsWithGlobals())),
    )
}
