import { z } from 'zod'
import type { HostSession } from './driver/host-session.js'

const entriesSchema = z.array(z.looseObject({ level: z.string(), message: z.string(), timestamp: z.number() }))

/**
 * What a browser's console has logged since the last call, a line an entry.
 * @param isWanted - by an entry's message; default: all
 */
export async function readConsole(
  session: HostSession,
  isWanted: (message: string) => boolean = () => true,
): Promise<string> {
  const entries = entriesSchema.parse(await session.command('POST', '/se/log', { type: 'browser' }))
  return entries
    .filter(({ message }) => isWanted(message))
    .map(({ timestamp, level, message }) => `${new Date(timestamp).toISOString()} ${level} ${message}\n`)
    .join('')
}
