/** The Redis stream of a run's events. */
export function runStreamKey(prefix: string, run: string): string {
  return `${prefix}:run:${run}:events`
}
