import { z } from 'zod'
import type { ModuleHistory } from './module-history.js'

const resultSchema = z.tuple([z.number().nonnegative(), z.enum(['passed', 'flaky', 'failed'])])

// cjson writes an empty list as {}
const resultsSchema = z.array(resultSchema).catch([])
const devicesSchema = z.record(z.string(), z.object({ failed: z.boolean(), results: resultsSchema })).catch({})

const moduleSchema = z.object({ failed: z.boolean(), results: resultsSchema, devices: devicesSchema })

/** @returns undefined if this version of Baton can't read it */
export function parseModuleHistory(json: unknown): ModuleHistory | undefined {
  const { data } = moduleSchema.safeParse(json)
  return data && { ...data, devices: new Map(Object.entries(data.devices)) }
}

export function moduleHistoryToJson({ devices, ...past }: ModuleHistory): unknown {
  return { ...past, devices: Object.fromEntries(devices) }
}
