import { closest, distance } from 'fastest-levenshtein'

/**
 * The known name that was probably meant: one that differs only in case, that starts with the other one, or that differs
 * in a few letters (up to a third of them, or two).
 * @returns undefined if no name is that close
 */
export function closestName(found: string, known: readonly string[]): string | undefined {
  const wanted = found.toLowerCase()
  const longEnough = known.filter(name => name.length > 2 && found.length > 2)
  const alike =
    known.find(name => name.toLowerCase() === wanted) ??
    longEnough.find(name => wanted.startsWith(name.toLowerCase()) || name.toLowerCase().startsWith(wanted))
  if (alike !== undefined || longEnough.length === 0) return alike
  const near = closest(found, longEnough)
  return distance(found, near) <= Math.max(2, Math.floor(found.length / 3)) ? near : undefined
}

/** The hint for `BatonErrorDetails`; empty if no name is close. */
export function didYouMean(found: string, known: readonly string[]): { hint: string } | Record<string, never> {
  const near = closestName(found, known)
  return near === undefined ? {} : { hint: `did you mean '${near}'?` }
}

/** `'a', 'b', 'c'` */
export function quoteNames(names: readonly string[]): string {
  return names.map(name => `'${name}'`).join(', ')
}

/** `1 test`, `2 tests`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** The name of a file for a message: a path may have thousands of characters. */
export function shortName(name: string): string {
  return name.length > 120 ? `${name.slice(0, 60)}…${name.slice(-50)}` : name
}
