/** What an expression refers to: a function of 'baton', or an object that contains such functions. */
export type BatonReference =
  { kind: 'function'; name: string } | { kind: 'object'; members: ReadonlyMap<string, BatonReference> }

/** Returns what a member of the object refers to, if anything. */
export function memberReference(reference: BatonReference, name: string | undefined): BatonReference | undefined {
  if (reference.kind === 'function' || name === undefined) return undefined
  return reference.members.get(name) ?? (name === 'default' ? reference : undefined)
}

/** How deeply objects with functions of 'baton' may be nested. */
const maxDepth = 4

/** Returns an object with one member; undefined if objects are nested so deeply that they are probably circular. */
export function objectReference(name: string, reference: BatonReference): BatonReference | undefined {
  return depthOf(reference) < maxDepth ? { kind: 'object', members: new Map([[name, reference]]) } : undefined
}

function depthOf(reference: BatonReference): number {
  return reference.kind === 'function' ? 0 : 1 + Math.max(...[...reference.members.values()].map(depthOf))
}

/** Returns the same text for equal references. */
export function referenceKey(reference: BatonReference): string {
  if (reference.kind === 'function') return reference.name
  return `{${[...reference.members].map(([name, member]) => `${name}:${referenceKey(member)}`).join()}}`
}
