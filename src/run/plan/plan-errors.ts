import { placeOfNode, valueNodeAt, type JsonDocument, type JsonPath } from '../../device/json-document.js'
import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { didYouMean, quoteNames } from '../../error/closest-name.js'
import { isObject } from '../../device/json-value.js'

/** A suite, as far as other suites depend on it. */
interface Named {
  name: string
  path: JsonPath
  needs: { name: string; path: JsonPath }[]
  /** The suite before it, if the plan runs them one after another. */
  previous?: string
}

/**
 * Errors between suites: repeated names, needs of unknown suites, cycles.
 * @param value - the plan as it was read, valid or not, so that all errors are reported at once
 */
export function suiteErrors(value: unknown, document: JsonDocument): BatonError[] {
  const suites = namedSuites(value)
  const configError = (path: JsonPath, message: string, details: { hint?: string } = {}): BatonError =>
    new BatonError('BATON_CONFIG_INVALID', message, { place: placeAt(document, path), ...details })
  const known = suites.map(suite => suite.name)
  const unknown = suites.flatMap(suite =>
    suite.needs
      .filter(need => !known.includes(need.name))
      .map(need => {
        const message = `suite '${suite.name}' needs a suite '${need.name}', which the plan does not have (known: ${quoteNames(known)}).`
        return configError(need.path, message, didYouMean(need.name, known))
      }),
  )
  const cycles = cyclesOf(suites).map(({ at, links }) =>
    configError(at, `suites wait for each other: ${links.join(', ')}.`, { hint: 'remove one of these.' }),
  )
  return [...repeatedNames(suites, document), ...unknown, ...cycles]
}

function placeAt(document: JsonDocument, path: JsonPath): SourceLocation {
  return placeOfNode(document, valueNodeAt(document.root, path) ?? document.root)
}

/** Names must differ in more than case, because people read them. */
function repeatedNames(suites: readonly Named[], document: JsonDocument): BatonError[] {
  const first = new Map<string, SourceLocation>()
  return suites.flatMap(({ name, path }) => {
    const place = placeAt(document, [...path, 'name'])
    const earlier = first.get(name.toLowerCase())
    if (earlier === undefined) {
      first.set(name.toLowerCase(), place)
      return []
    }
    const message = `suite '${name}': that name is already taken at ${formatLocation(earlier)}.`
    const hint = 'give each suite a unique name; case does not count.'
    return [new BatonError('BATON_CONFIG_INVALID', message, { place, hint })]
  })
}

interface Cycle {
  /** The need that closes the cycle. */
  at: JsonPath
  links: string[]
}

/** One cycle for each set of suites that wait for each other. */
function cyclesOf(suites: readonly Named[]): Cycle[] {
  const byName = new Map(suites.map(suite => [suite.name, suite]))
  const reported = new Set<string>()
  return suites.flatMap(suite => {
    if (reported.has(suite.name)) return []
    const way = shortestCycle(suite, byName)
    if (!way) return []
    for (const { from } of way) reported.add(from)
    // Links to the previous suite only go up the list, so a cycle has a need as well.
    const at = way.find(step => step.path !== undefined)?.path ?? suite.path
    return [{ at, links: way.map(({ from, to, path }) => `'${from}' ${path ? 'needs' : 'comes after'} '${to}'`) }]
  })
}

interface Step {
  from: string
  to: string
  /** Of the need; absent if the order of the list makes the suite wait. */
  path?: JsonPath
}

function stepsFrom({ name, needs, previous }: Named): Step[] {
  const steps: Step[] = needs.map(need => ({ from: name, to: need.name, path: need.path }))
  return previous === undefined ? steps : [...steps, { from: name, to: previous }]
}

/** The shortest path from a suite through those that it waits for back to itself. */
function shortestCycle(start: Named, byName: ReadonlyMap<string, Named>): Step[] | undefined {
  const seen = new Set<string>()
  let ways = stepsFrom(start).map(step => [step])
  while (ways.length > 0) {
    const back = ways.find(way => way.at(-1)?.to === start.name)
    if (back) return back
    ways = ways.flatMap(way => {
      const next = byName.get(way.at(-1)?.to ?? '')
      if (!next || seen.has(next.name)) return []
      seen.add(next.name)
      return stepsFrom(next).map(step => [...way, step])
    })
  }
  return undefined
}

function namedSuites(value: unknown): Named[] {
  const plan = isObject(value) ? value : {}
  const list = Array.isArray(plan['suites']) ? (plan['suites'] as unknown[]) : []
  const suites = list.flatMap((suite, index): Named[] => {
    if (!isObject(suite) || typeof suite['name'] !== 'string') return []
    const path = ['suites', index]
    const needs = Array.isArray(suite['needs']) ? (suite['needs'] as unknown[]) : []
    return [
      {
        name: suite['name'],
        path,
        needs: needs.flatMap((name, at) => (typeof name === 'string' ? [{ name, path: [...path, 'needs', at] }] : [])),
      },
    ]
  })
  if (plan['order'] !== 'sequential') return suites
  return suites.map((suite, index) => {
    const previous = suites[index - 1]?.name
    return previous === undefined ? suite : { ...suite, previous }
  })
}
