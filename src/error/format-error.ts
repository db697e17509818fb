import { BatonError, BatonErrors } from './baton-error.js'
export function formatError(error: unknown): string {
  if (error instanceof BatonError) return error.format()
  if (error instanceof BatonErrors) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
export function exitCodeFor(error: unknown): number {
  return error instanceof BatonError || error instanceof BatonErrors ? 2 : 3
}
