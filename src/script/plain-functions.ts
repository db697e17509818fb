import { types } from 'node:util'
import type { NamedObject } from './object-graph.js'
import { isIn, type Restoration } from './property-snapshot.js'

// Captured when the worker starts: a module may replace them.
const { deleteProperty, isExtensible, ownKeys } = Reflect
const toText = String

/**
 * The functions in properties of some objects that have no properties but those of each function. There are thousands, so
 * only the number of their keys is kept: it shows what a module adds, at a tenth of the time of a `PropertySnapshot`.
 */
export class PlainFunctions {
  readonly #functions: object[] = []
  readonly #names: string[] = []
  readonly #keys: PropertyKey[][] = []

  /** @param objects - whose own properties are searched; they are not part of it themselves */
  constructor(objects: readonly NamedObject[]) {
    const seen = new Set(objects.map(({ object }) => object))
    // Few lists of keys differ.
    const lists = new Map<string, PropertyKey[]>()
    for (const { object, name, ignored } of objects) {
      for (const key of ownKeys(object).filter(each => ignored?.includes(each) !== true)) {
        const { value, get, set } = Reflect.getOwnPropertyDescriptor(object, key) ?? {}
        for (const each of [value as unknown, get, set]) {
          if (typeof each !== 'function' || seen.has(each) || types.isProxy(each) || !isExtensible(each)) continue
          seen.add(each)
          const keys = ownKeys(each)
          const id = keys.map(String).join('\n')
          this.#functions.push(each)
          this.#names.push(`${name}.${String(key)}`)
          this.#keys.push(lists.get(id) ?? keys)
          lists.set(id, this.#keys.at(-1) ?? keys)
        }
      }
    }
  }

  /** Removes what was added, and adds what it found to `into`. */
  restore(into: Restoration): void {
    for (let index = 0; index < this.#functions.length; index++) {
      const target = this.#functions[index] as object
      const known = this.#keys[index] as PropertyKey[]
      const isAsBefore = ownKeys(target).length === known.length && isExtensible(target)
      if (!isAsBefore) restoreFunction(target, { known, name: this.#names[index] as string, into })
    }
  }
}

function restoreFunction(
  target: object,
  { known, name, into }: { known: PropertyKey[]; name: string; into: Restoration },
): void {
  const { changed, stuck } = into
  const now = ownKeys(target)
  for (let index = 0; index < now.length; index++) {
    const key = now[index] as PropertyKey
    if (isIn(known, key)) continue
    const path = `${name}.${toText(key)}`
    changed[changed.length] = path
    if (!deleteProperty(target, key)) stuck[stuck.length] = path
  }
  if (!isExtensible(target)) {
    changed[changed.length] = stuck[stuck.length] = `${name}.frozen`
  }
}
