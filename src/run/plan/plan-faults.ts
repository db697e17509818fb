import { placeOfNode, valueNodeAt, type JsonDocument, type JsonPath } from '../../device/json-document.js'
import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { didYouMean, quoteNames } from '../../error/closest-name.js'

/** A suite as far as other suites are concerned. */
interface Named {
  name: string
  path: JsonPath
  needs: { name: string; path: JsonPath }[]
  /** The suite before it, where the plan runs them one after the other. */
  previous?: string
}

/**
 * What only shows when suites are held against one another: names that repeat, needs that name no suite, circles.
 * @param value - the plan as it was read, well formed or not: all faults are told at once
 */
export function suiteFaults(value: unknown, document: JsonDocument): BatonError[] {
  const suites = namedSuites(value)
  const fault = (path: JsonPath, message: string, details: { hint?: string } = {}): BatonError =>
    new BatonError('BATON_CONFIG_INVALID', message, { place: placeAt(document, path), ...details })
  const known = suites.map(suite => suite.name)
  const unknown = suites.flatMap(suite =>
    suite.needs
      .filter(need => !known.includes(need.name))
      .map(need => {
        const message = `suite '${suite.name}' needs a suite '${need.name}', which the plan lacks (known: ${quoteNames(known)}).`
        return fault(need.path, message, didYouMean(need.name, known))
      }),
  )
  const circles = cyclesOf(suites).map(({ at, links }) =>
    fault(at, `suites wait for one another: ${links.join(', ')}.`, { hint: 'remove one of these.' }),
  )
  return [...repeatedNames(suites, document), ...unknown, ...circles]
}

function placeAt(document: JsonDocument, path: JsonPath): SourceLocation {
  return placeOfNode(document, valueNodeAt(document.root, path) ?? document.root)
}

/** Names must differ in more than case, and around spaces: people read them. */
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
    const hint = 'give each suite a name of its own; case does not count.'
    return [new BatonError('BATON_CONFIG_INVALID', message, { place, hint })]
  })
}

interface Cycle {
  /** The need that closes it. */
  at: JsonPath
  links: string[]
}

/** One circle for each set of suites that wait for one another. */
function cyclesOf(suites: readonly Named[]): Cycle[] {
  const byName = new Map(suites.map(suite => [suite.name, suite]))
  const told = new Set<string>()
  return suites.flatMap(suite => {
    if (told.has(suite.name)) return []
    const way = shortestCycle(suite, byName)
    if (!way) return []
    for (const { from } of way) told.add(from)
    // Links to the suite before lead up the list only: a circle has a need as well.
    const at = way.find(step => step.path !== undefined)?.path ?? suite.path
    return [{ at, links: way.map(({ from, to, path }) => `'${from}' ${path ? 'needs' : 'comes after'} '${to}'`) }]
  })
}

interface Step {
  from: string
  to: string
  /** Of the need; absent where the order of the list says it. */
  path?: JsonPath
}

function stepsFrom({ name, needs, previous }: Named): Step[] {
  const steps: Step[] = needs.map(need => ({ from: name, to: need.name, path: need.path }))
  return previous === undefined ? steps : [...steps, { from: name, to: previous }]
}

/** The shortest way from a suite over those that it waits for back to itself. */
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

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
