import { foundElements, resultOf } from './written-arguments.js'

/** Keys of an element in WebDriver's JSON, today's and Selenium's old one. */
const elementKeys = ['element-6066-11e4-a52e-4f735466cecf', 'ELEMENT'] as const

/** Elements whose selectors are remembered. */
const maxElements = 10_000

/** How a selector of a strategy is written for WebdriverIO's `$`. */
const prefixes: Readonly<Record<string, string>> = {
  'accessibility id': '~',
  accessibility: '~',
  '-android uiautomator': 'android=',
  '-ios predicate string': '-ios predicate string:',
  '-ios class chain': '-ios class chain:',
  'link text': '=',
  'partial link text': '*=',
  id: 'id=',
  innerText: '=',
}

interface CommandSelector {
  selector: string | undefined
  /** Whether the command looks for elements. */
  isSearch: boolean
}

/** Remembers with which selector each element of a module was found: later commands name elements by their ids only. */
export class ElementSelectors {
  readonly #selectors = new Map<string, string>()
  /** What WebdriverIO makes of a selector → the selector in the script. */
  readonly #inScript = new Map<string, string>()

  /**
   * Returns the selector that a command looks for, or that of the element that it is about, and whether it searches.
   * @param inScript - the selector that the script has called `$` with, if the command comes from there
   */
  selectorOf(role: string, command: string, args: readonly unknown[], inScript?: string): CommandSelector {
    const search = searchOf(command, args)
    if (!search) return { selector: this.#selectorIn(role, args), isSearch: false }
    if (inScript !== undefined && this.#inScript.size < maxElements) this.#inScript.set(search.selector, inScript)
    const own = this.#inScript.get(search.selector) ?? search.selector
    const parent = search.parent === undefined ? undefined : this.#find(role, search.parent)
    return { selector: parent === undefined ? own : `${parent} ${own}`, isSearch: true }
  }

  /** Remembers the elements that a search has found. @param returned - by the command, of WebDriver or BiDi */
  learn(role: string, selector: string, returned: unknown): void {
    const result = resultOf(returned)
    const nodes = foundElements(result)
    if (!nodes) return this.#remember(role, result, selector)
    for (let index = 0; index < nodes.length; index++) {
      this.#remember(role, nodes[index], nodes.length === 1 ? selector : `${selector} [${index}]`)
    }
  }

  /** The selector of the element that is in the arguments of a command. */
  #selectorIn(role: string, args: readonly unknown[]): string | undefined {
    const [first] = args
    if (typeof first === 'string') {
      const known = this.#find(role, first)
      if (known !== undefined) return known
    }
    const reference = referenceIn(args, 5)
    return reference === undefined ? undefined : this.#find(role, reference)
  }

  #find(role: string, id: string): string | undefined {
    return this.#selectors.get(`${role}\n${id}`)
  }

  #remember(role: string, element: unknown, selector: string): void {
    const id = elementId(element)
    if (id === undefined) return
    const key = `${role}\n${id}`
    this.#selectors.delete(key)
    this.#selectors.set(key, selector)
    if (this.#selectors.size <= maxElements) return
    for (const oldest of this.#selectors.keys()) {
      this.#selectors.delete(oldest)
      break
    }
  }
}

/** What a command searches for, if it searches for elements. */
function searchOf(
  command: string,
  args: readonly unknown[],
): { selector: string; parent: string | undefined } | undefined {
  if (command === 'browsingContext.locateNodes') return locatedNodes(args[0])
  if (!command.startsWith('findElement')) return undefined
  const isNested = command.includes('From')
  const [using, value] = isNested ? args.slice(1) : args
  if (typeof using !== 'string' || typeof value !== 'string') return undefined
  return { selector: written(using, value), parent: isNested && typeof args[0] === 'string' ? args[0] : undefined }
}

function locatedNodes(params: unknown): ReturnType<typeof searchOf> {
  if (typeof params !== 'object' || params === null || !('locator' in params)) return undefined
  const { locator } = params
  if (typeof locator !== 'object' || locator === null || !('type' in locator) || !('value' in locator)) return undefined
  const { type, value } = locator
  const [start] = 'startNodes' in params && Array.isArray(params.startNodes) ? (params.startNodes as unknown[]) : []
  const text = typeof value === 'string' ? value : accessibleName(value)
  return { selector: written(String(type), text), parent: elementId(start) }
}

function accessibleName(value: unknown): string {
  return typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : ''
}

function written(using: string, value: string): string {
  return `${prefixes[using] ?? ''}${value}`
}

function elementId(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if ('sharedId' in value && typeof value.sharedId === 'string') return value.sharedId
  for (const key of elementKeys) {
    const id: unknown = Reflect.get(value, key)
    if (typeof id === 'string') return id
  }
  return undefined
}

/** The first element in the arguments of a command, such as those of a script or a pointer. */
function referenceIn(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth === 0) return undefined
  const own = elementId(value)
  if (own !== undefined) return own
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value)
  for (let index = 0; index < items.length && index < 10; index++) {
    const found = referenceIn(items[index], depth - 1)
    if (found !== undefined) return found
  }
  return undefined
}
