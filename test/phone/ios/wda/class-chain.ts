import { walk, type View } from '../../screen/view.js'
import { parsePredicate, PredicateError, type Predicate } from './predicate.js'
import { typeOf, xcuiAttribute } from './xcui-element.js'

interface Step {
  /** Whether it looks at all descendants (`**` before it), or only at children. */
  deep: boolean
  type: string
  filters: Filter[]
}

type Filter = { kind: 'self' | 'descendant'; predicate: Predicate } | { kind: 'index'; index: number }

export const matchesPredicate = (view: View, predicate: Predicate): boolean =>
  predicate(name => xcuiAttribute(view, name))

/**
 * Finds views by a class chain, such as ``XCUIElementTypeTable/XCUIElementTypeCell[`name == "bubble"`][-1]``.
 * https://github.com/facebookarchive/WebDriverAgent/wiki/Class-Chain-Queries-Construction-Rules
 * @throws PredicateError if it can't be parsed
 */
export function findByClassChain(chain: string, from: View): View[] {
  return parseClassChain(chain).reduce<View[]>(
    (found, step) => [...new Set(found.flatMap(view => takeStep(view, step)))],
    [from],
  )
}

function takeStep(from: View, { deep, type, filters }: Step): View[] {
  const candidates = deep ? [...walk(from)].slice(1) : from.children
  const typed = candidates.filter(view => type === '*' || typeOf(view) === type)
  return filters.reduce(passing, typed)
}

function passing(views: View[], filter: Filter): View[] {
  if (filter.kind === 'index') {
    const view = filter.index > 0 ? views[filter.index - 1] : views.at(filter.index)
    return view ? [view] : []
  }
  const { kind, predicate } = filter
  return views.filter(view =>
    kind === 'self'
      ? matchesPredicate(view, predicate)
      : [...walk(view)].slice(1).some(below => matchesPredicate(below, predicate)),
  )
}

const stepPattern = /(\/?)(\*\*\/)?(\*|[A-Za-z]+)((?:\[(?:`(?:[^`]|``)*`|\$(?:[^$]|\$\$)*\$|-?\d+)\])*)/y
const filterPattern = /\[(?:`((?:[^`]|``)*)`|\$((?:[^$]|\$\$)*)\$|(-?\d+))\]/g

function parseClassChain(chain: string): Step[] {
  const steps: Step[] = []
  stepPattern.lastIndex = 0
  while (stepPattern.lastIndex < chain.length) {
    const match = stepPattern.exec(chain)
    const [, slash = '', stars, type = '*', filters = ''] = match ?? []
    if (!match || (slash === '') !== (steps.length === 0))
      throw new PredicateError(`Cannot parse class chain '${chain}'`)
    steps.push({ deep: stars !== undefined, type, filters: [...filters.matchAll(filterPattern)].map(toFilter) })
  }
  return steps
}

function toFilter([, self, descendant, index]: RegExpMatchArray): Filter {
  if (self !== undefined) return { kind: 'self', predicate: parsePredicate(self.replaceAll('``', '`')) }
  if (descendant !== undefined)
    return { kind: 'descendant', predicate: parsePredicate(descendant.replaceAll('$$', '$')) }
  return { kind: 'index', index: Number(index) }
}
