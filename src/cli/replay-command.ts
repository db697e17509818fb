import { readScheduleFile } from '../run/explore/read-schedule-file.js'
import { defaults } from '../device/defaults.js'
import { refuseRunOptions, type ReplayFlags } from './explore-flags.js'
import { runCommand } from './run-command.js'
import { BatonError } from '../error/baton-error.js'

/** `baton replay`: runs a module in the order of a schedule. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  refuseRunOptions('replay', flags)
  if (flags.headed && flags.redis !== undefined) {
    throw new BatonError('BATON_USAGE', 'baton replay --headed: expected no --redis, found it.', {
      hint: 'the browsers of a shared farm are on its hosts: set "headless": false in their devices.json.',
    })
  }
  const schedule = await readScheduleFile(file, process.cwd())
  const request = {
    do: 'replay',
    schedule,
    times: flags.times ?? defaults.replayTimes,
    slowMs: flags.slow ?? 0,
  } as const
  return runCommand([schedule.module], { ...flags, retries: 0, updateSnapshots: 'none' }, request)
}
