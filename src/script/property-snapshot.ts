// Captured when the worker starts: a module may replace the very functions that find out what it replaced.
const {
  defineProperty,
  deleteProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isExtensible,
  ownKeys,
  setPrototypeOf,
} = Reflect
const toText = String

/** What restoring found: the properties that had changed, and those of them that could not be put back. */
export interface Restoration {
  changed: string[]
  stuck: string[]
}

/**
 * The own properties of an object, its prototype, and whether it can be extended, to undo what a module adds, changes or
 * removes. Calls no getter.
 *
 * Works even if the module has patched `Object.prototype`, `Array.prototype`, `Reflect` and the like: it uses only functions
 * captured before, loops by index, and descriptors without a prototype.
 */
export class PropertySnapshot {
  readonly #target: object
  readonly #name: string
  readonly #prototype: object | null
  readonly #extensible: boolean
  readonly #ignored: readonly PropertyKey[]
  readonly #keys: PropertyKey[]
  /** Those that can change, with their descriptors. */
  readonly #changeable: PropertyKey[]
  readonly #descriptors: PropertyDescriptor[]

  /**
   * @param name - for messages: `Array.prototype`
   * @param ignored - keys whose changes are Node's or a library's own business
   */
  constructor(target: object, name: string, ignored: readonly PropertyKey[] = []) {
    this.#target = target
    this.#name = name
    this.#prototype = getPrototypeOf(target)
    this.#extensible = isExtensible(target)
    this.#ignored = ignored
    this.#keys = ownKeys(target).filter(key => !ignored.includes(key))
    const isConstant = (key: PropertyKey): boolean => {
      const descriptor = getOwnPropertyDescriptor(target, key)
      return descriptor?.configurable === false && descriptor.writable === false
    }
    this.#changeable = this.#keys.filter(key => !isConstant(key))
    this.#descriptors = this.#changeable.map(key => withoutPrototype(getOwnPropertyDescriptor(target, key)))
  }

  /** Puts back what has changed, and adds what it found to `into`. */
  restore(into: Restoration): void {
    const target = this.#target
    this.#removeAdded(into)
    for (let index = 0; index < this.#changeable.length; index++) {
      const key = this.#changeable[index] as PropertyKey
      const before = this.#descriptors[index] as PropertyDescriptor
      const now = getOwnPropertyDescriptor(target, key)
      if (now !== undefined && isSame(now, before)) continue
      this.#changed(into, defineProperty(target, key, before), key)
    }
    if (getPrototypeOf(target) !== this.#prototype) {
      this.#changed(into, setPrototypeOf(target, this.#prototype), 'the prototype')
    }
    if (isExtensible(target) !== this.#extensible) this.#changed(into, false, 'frozen')
  }

  #removeAdded(into: Restoration): void {
    const now = ownKeys(this.#target)
    const known = this.#keys
    // As a rule nothing has changed, and the keys are in the same order.
    if (now.length === known.length) {
      let index = 0
      while (index < now.length && now[index] === known[index]) index++
      if (index === now.length) return
    }
    for (let index = 0; index < now.length; index++) {
      const key = now[index] as PropertyKey
      if (isIn(known, key) || isIn(this.#ignored, key)) continue
      this.#changed(into, deleteProperty(this.#target, key), key)
    }
  }

  #changed(into: Restoration, restored: boolean, key: PropertyKey): void {
    const path = `${this.#name}.${toText(key)}`
    into.changed[into.changed.length] = path
    if (!restored) into.stuck[into.stuck.length] = path
  }
}

/** As `includes`, which a module may have patched. */
export function isIn(keys: readonly PropertyKey[], key: PropertyKey): boolean {
  for (let index = 0; index < keys.length; index++) if (keys[index] === key) return true
  return false
}

/** Without one, a property that a module adds to `Object.prototype` can't pass for a part of the descriptor. */
function withoutPrototype(descriptor: PropertyDescriptor | undefined): PropertyDescriptor {
  return { __proto__: null, ...descriptor } as PropertyDescriptor
}

function isSame(now: PropertyDescriptor, before: PropertyDescriptor): boolean {
  return (
    (now.value === before.value || (now.value !== now.value && before.value !== before.value)) &&
    now.get === before.get &&
    now.set === before.set &&
    now.writable === before.writable &&
    now.enumerable === before.enumerable &&
    now.configurable === before.configurable
  )
}
