import type { SourceLocation } from '../error/baton-error.js'

/** How many primitive values are remembered; a loop may throw a new one each time. */
const maxPrimitives = 1_000

/** Where a module threw what has no stack, or not one that leads to the module. */
export class ThrownPlaces {
  readonly #objects = new WeakMap<object, () => SourceLocation | undefined>()
  readonly #primitives = new Map<unknown, SourceLocation>()

  /** Records a value that was thrown, or that a promise was rejected with. */
  readonly record = (value: unknown, place: SourceLocation): void => {
    if (isObject(value)) {
      this.#objects.set(value, () => place)
      return
    }
    this.#primitives.delete(value)
    this.#primitives.set(value, place)
    if (this.#primitives.size > maxPrimitives) this.#primitives.delete(this.#primitives.keys().next().value)
  }

  /** Records an error whose place takes time to find. The first record counts: what follows only passes the error on. */
  recordLater(error: unknown, findPlace: () => SourceLocation | undefined): void {
    if (isObject(error) && !this.#objects.has(error)) this.#objects.set(error, findPlace)
  }

  /** Returns where a value was last thrown. */
  readonly find = (value: unknown): SourceLocation | undefined =>
    isObject(value) ? this.#objects.get(value)?.() : this.#primitives.get(value)
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
