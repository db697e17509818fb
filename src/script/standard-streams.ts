/** Properties that Node, or Baton's capture of the output, changes as the stream is used. */
const usedByNode = new Set(['write', 'connecting', 'pending', 'bytesRead'])

/**
 * What modules can change of `process.stdin`, `stdout` and `stderr`, apart from their listeners: properties such as
 * `isTTY`, output that is held back, and input that was read. Node itself opens an output again that was ended.
 */
export class StandardStreams {
  readonly #before = (['stdin', 'stdout', 'stderr'] as const).map(name => ({
    name,
    properties: publicProperties(process[name]),
  }))

  /** Puts back what it can. @returns what can't be put back */
  restore(): string[] {
    const kept = this.#before.flatMap(({ name, properties }) => {
      const stream = process[name]
      const keys = Object.isExtensible(stream) ? restoreProperties(stream, properties) : ['frozen']
      return keys.map(key => `process.${name}.${key}`)
    })
    for (const output of [process.stdout, process.stderr]) while (output.writableCorked > 0) output.uncork()
    const { readableFlowing, readableDidRead, destroyed } = process.stdin
    const wasRead = readableFlowing !== null || readableDidRead || destroyed
    return [...kept, ...(wasRead ? ['process.stdin was read or paused'] : [])]
  }
}

/** Without those that Node keeps for itself, which are symbols or start with an underscore. */
function publicProperties(stream: object): Map<string, PropertyDescriptor> {
  const own = Object.entries(Object.getOwnPropertyDescriptors(stream))
  return new Map(own.filter(([key]) => !key.startsWith('_') && !usedByNode.has(key)))
}

/** @returns the names of those that can't be put back */
function restoreProperties(stream: object, before: ReadonlyMap<string, PropertyDescriptor>): string[] {
  const now = publicProperties(stream)
  const added = [...now.keys()].filter(key => !before.has(key) && !Reflect.deleteProperty(stream, key))
  const changed = [...before].flatMap(([key, descriptor]) => {
    const found = now.get(key)
    if (found?.value === descriptor.value && found?.get === descriptor.get) return []
    return Reflect.defineProperty(stream, key, descriptor) ? [] : [key]
  })
  return [...added, ...changed]
}
