import { Option, type Command } from 'commander'
import { defaults } from '../../device/defaults.js'
import { milliseconds } from '../parse-option.js'
import type { FarmStartFlags, FarmStopFlags } from './farm-command.js'
import type { ServeFlags } from './serve-command.js'

/** `baton farm` */
export function addFarm(program: Command, setExitCode: (code: number) => void): void {
  const load = async () => import('./farm-command.js')
  const farm = program.command('farm').description('keep the private farm of this project warm between runs')
  farm
    .command('start')
    .description('start it, unless it is there: runs in this folder use it, until nobody has used it for a while')
    .option('--config <file>', 'the configuration of the project, instead of baton.config.ts')
    .option('--devices <file>', `the devices of the farm (default: ${defaults.devicesFile})`)
    .option('--idle-timeout <ms>', `how long it stays without a run (default: ${defaults.warmIdleMs})`, milliseconds)
    .action(async (flags: FarmStartFlags) => setExitCode(await (await load()).farmStart(flags)))
  farm
    .command('stop')
    .description('end it when no run uses it any longer; returns when all of it is gone')
    .option('--now', 'end it at once, with the runs that use it')
    .action(async (flags: FarmStopFlags) => setExitCode(await (await load()).farmStop(flags)))
  farm
    .command('status')
    .description('show its process, devices and socket; exits with 1 if there is none')
    .option('--json', 'print JSON')
    .action(async (flags: { json?: boolean }) => setExitCode(await (await load()).farmStatus(flags)))
  farm
    .command('serve', { hidden: true })
    .requiredOption('--devices <file>')
    .requiredOption('--idle-timeout <ms>', '', milliseconds)
    .addOption(new Option('--headed'))
    .action(async (flags: ServeFlags) => setExitCode(await (await import('./serve-command.js')).serveCommand(flags)))
}
