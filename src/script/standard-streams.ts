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
    for (const { name, properties } of this.#before) restoreProperties(process[name], properties)
    for (const output of [process.stdout, process.stderr]) while (output.writableCorked > 0) output.uncork()
    const { readableFlowing, readableDidRead, destroyed } = process.stdin
    return readableFlowing !== null || readableDidRead || destroyed ? ['process.stdin was read'] : []
  }
}

/** Without those that Node keeps for itself, which are symbols or start with an underscore. */
function publicProperties(stream: object): Map<string, PropertyDescriptor> {
  const own = Object.entries(Object.getOwnPropertyDescriptors(stream))
  return new Map(own.filter(([key]) => !key.startsWith('_') && !usedByNode.has(key)))
}

function restoreProperties(stream: object, before: ReadonlyMap<string, PropertyDescriptor>): void {
  const now = publicProperties(stream)
  for (const key of now.keys()) if (!before.has(key)) Reflect.deleteProperty(stream, key)
  for (const [key, descriptor] of before) {
    const found = now.get(key)
    if (found?.value !== descriptor.value || found?.get !== descriptor.get)
      Reflect.defineProperty(stream, key, descriptor)
  }
}
