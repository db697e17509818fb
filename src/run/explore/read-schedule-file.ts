import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseJsonDocument, placeOfNode, type JsonDocument } from '../../device/json-document.js'
import { valueOfDocument } from '../../device/json-value.js'
import { missingFile } from '../../device/read-farm-config.js'
import { schemaErrors } from '../../device/schema-errors.js'
import { BatonError, type SourceLocation } from '../../error/baton-error.js'
import { scheduleSchema, type Schedule } from '../../explore/schedule.js'

/**
 * Reads a schedule that `baton explore` has saved.
 * @param file - as the user wrote it
 * @param cwd - where its module is expected
 * @throws BatonError BATON_CONFIG_MISSING or BATON_CONFIG_INVALID if it can't be read, or its module isn't there
 */
export async function readScheduleFile(file: string, cwd: string): Promise<Schedule> {
  let text: string
  try {
    text = await readFile(path.resolve(cwd, file), 'utf8')
  } catch (error) {
    const create = 'baton explore saves schedules in baton-report/<run>/schedules.'
    throw await missingFile(file, error as NodeJS.ErrnoException, { what: 'a schedule', create })
  }
  const schedule = parseSchedule(text, file)
  const { module } = schedule
  if (isFile(path.resolve(cwd, module))) return schedule
  throw new BatonError(
    'BATON_CONFIG_MISSING',
    `expected module '${module}' of ${file} in ${cwd}, found no such file.`,
    {
      hint: 'the path is relative to the folder in which baton explore ran: replay it there.',
    },
  )
}

/** Also of a name that no file can have. */
function isFile(name: string): boolean {
  try {
    return statSync(name).isFile()
  } catch {
    return false
  }
}

/**
 * @param file - errors name it
 * @throws BatonError BATON_CONFIG_INVALID: the first thing that is wrong, because later ones usually follow from it
 */
export function parseSchedule(text: string, file: string): Schedule {
  const document = openDocument(text, file)
  const { value, errors } = valueOfDocument(document, found => found)
  const [repeated] = errors
  if (repeated) throw repeated
  const parsed = scheduleSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const scope = { document, unresolved: new Set<never>(), mask: (shown: string) => shown, otherKeys: [] }
  const [first] = schemaErrors(parsed.error, { ...scope, schema: scheduleSchema, base: [] })
  throw notSchedule(first?.message ?? 'this is not a schedule.', first?.place ?? placeOfNode(document, document.root))
}

function openDocument(text: string, file: string): JsonDocument {
  try {
    return parseJsonDocument(text, file, 'the schedule')
  } catch (error) {
    if (!(error instanceof BatonError)) throw error
    throw notSchedule(error.message, error.place)
  }
}

function notSchedule(message: string, place: SourceLocation | undefined): BatonError {
  const hint = 'pass a file that baton explore has saved in baton-report/<run>/schedules, unchanged.'
  return new BatonError('BATON_CONFIG_INVALID', message, { hint, ...(place && { place }) })
}
