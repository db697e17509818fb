import { driverDiagnoses, diagnoseDevices } from './diagnose-devices.js'
import { diagnoseDisk, diagnoseNode, diagnosePorts } from './diagnose-machine.js'
import { diagnoseRedis } from './diagnose-redis.js'
import { formatDiagnoses } from './format-diagnoses.js'
import { shown } from '../secrets.js'

export interface DoctorFlags {
  devices: string
  redis?: string
}

/**
 * `baton doctor`: checks this machine for what the devices of a file need.
 * @returns 1 if something is missing, else 0
 */
export async function doctorCommand(flags: DoctorFlags): Promise<number> {
  const { config, diagnosis } = await diagnoseDevices(flags.devices, flags.redis !== undefined)
  const redisUrl = flags.redis ?? config?.redis
  const diagnoses = await Promise.all([
    diagnoseRedis(redisUrl),
    driverDiagnoses(config?.devices ?? [], process.env),
    diagnosePorts(),
    diagnoseDisk(),
  ])
  const all = [diagnoseNode(process.versions.node), ...diagnoses.flat(), diagnosis]
  process.stdout.write(shown(formatDiagnoses(all)))
  return all.some(({ state }) => state === 'problem') ? 1 : 0
}
