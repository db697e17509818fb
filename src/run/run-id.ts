import { randomBytes } from 'node:crypto'

/** Sorts by time, reads as a time, and two runs of one second differ: `20261121-051403-9f3c07d1`. No `:`, for BullMQ's sake. */
export function createRunId(now: Date): string {
  const [day = '', time = ''] = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T')
  return `${day}-${time}-${randomBytes(4).toString('hex')}`
}
