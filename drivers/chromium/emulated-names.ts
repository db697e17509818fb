import { readFile } from 'node:fs/promises'
import { BatonError } from '../../src/error/baton-error.js'
import { closestName } from '../../src/error/closest-name.js'

/** After each name in ChromeDriver's list of devices, which is a part of its program. */
const afterName = '": {"userAgent": "'

/** Path of a ChromeDriver → its devices: all emulated devices share one reading. */
const lists = new Map<string, Promise<string[]>>()

/**
 * Checks the name of an emulated device against the list of this ChromeDriver. Each version has its own.
 * @returns what is wrong; undefined if it has the name, or its list can't be read
 */
export async function emulatedNameProblem(
  device: string,
  name: string,
  chromedriver: string,
): Promise<BatonError | undefined> {
  const names = await namesOf(chromedriver)
  if (names.length === 0 || names.includes(name)) return undefined
  const near = closestName(name, names)
  const hint = near === undefined ? `it has ${names.join(', ')}` : `did you mean '${near}'?`
  return new BatonError('BATON_CONFIG_INVALID', `"emulate": ChromeDriver has no device '${name}'.`, { device, hint })
}

async function namesOf(chromedriver: string): Promise<string[]> {
  const known = lists.get(chromedriver)
  if (known) return known
  const names = readFile(chromedriver)
    .catch(() => Buffer.alloc(0))
    .then(namesIn)
  lists.set(chromedriver, names)
  return names
}

function namesIn(program: Buffer): string[] {
  const names = new Set<string>()
  for (let at = program.indexOf(afterName); at >= 0; at = program.indexOf(afterName, at + 1)) {
    const start = program.lastIndexOf('"', at - 1)
    if (at - start < 60) names.add(program.toString('latin1', start + 1, at))
  }
  return [...names].toSorted()
}
