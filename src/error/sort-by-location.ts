import type { BatonError } from './baton-error.js'

/** Faults, each once, in the order of files, lines and columns; those without a place come first. */
export function sortByLocation(faults: readonly BatonError[]): BatonError[] {
  const byText = new Map(faults.map(fault => [fault.format(), fault]))
  const key = ({ place }: BatonError): [string, number, number] => [
    place?.file ?? '',
    place?.line ?? 0,
    place?.column ?? 0,
  ]
  return [...byText.values()].toSorted((a, b) => {
    const [fileA, lineA, columnA] = key(a)
    const [fileB, lineB, columnB] = key(b)
    return fileA < fileB ? -1 : fileA > fileB ? 1 : lineA - lineB || columnA - columnB
  })
}
