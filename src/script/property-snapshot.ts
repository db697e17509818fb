/** Restores an object; returns what could not be restored. */
export type Restore = () => string[]

/**
 * Snapshots the own properties of an object, to undo what a module adds, changes or removes.
 * @param name - for messages: `Array.prototype`
 * @param ignore - keys to leave alone
 */
export function snapshotProperties(
  target: object,
  name: string,
  ignore: (key: PropertyKey) => boolean = () => false,
): Restore {
  const before = new Map(ownDescriptors(target))
  const prototype: unknown = Object.getPrototypeOf(target)
  const extensible = Object.isExtensible(target)
  return () => {
    const stuck: string[] = []
    const put = (key: PropertyKey, act: () => boolean): void => {
      if (!ignore(key) && !act()) stuck.push(`${name}.${String(key)}`)
    }
    for (const key of Reflect.ownKeys(target)) {
      if (!before.has(key)) put(key, () => Reflect.deleteProperty(target, key))
    }
    for (const [key, descriptor] of before) {
      const now = Reflect.getOwnPropertyDescriptor(target, key)
      if (!now || !isSameDescriptor(now, descriptor)) put(key, () => Reflect.defineProperty(target, key, descriptor))
    }
    if (Object.getPrototypeOf(target) !== prototype) stuck.push(`the prototype of ${name}`)
    if (Object.isExtensible(target) !== extensible) stuck.push(`${name}, which was frozen`)
    return stuck
  }
}

function ownDescriptors(target: object): [PropertyKey, PropertyDescriptor][] {
  return Reflect.ownKeys(target).flatMap(key => {
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key)
    return descriptor ? [[key, descriptor]] : []
  })
}

function isSameDescriptor(a: PropertyDescriptor, b: PropertyDescriptor): boolean {
  return (
    Object.is(a.value, b.value) &&
    a.get === b.get &&
    a.set === b.set &&
    a.writable === b.writable &&
    a.enumerable === b.enumerable &&
    a.configurable === b.configurable
  )
}
