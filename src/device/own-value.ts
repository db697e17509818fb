/**
 * Looks a key up that came from outside: a role, a device, an action. A plain `record[key]` also finds what every object
 * inherits, so that a role called `constructor` or `toString` would get a function instead of nothing.
 */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}
