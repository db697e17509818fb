/** What stands for (a part of) 'baton' in an expression: one of its functions, or an object with some of them. */
export type BatonReference =
  { kind: 'function'; name: string } | { kind: 'object'; members: ReadonlyMap<string, BatonReference> }

export function memberReference(reference: BatonReference, name: string | undefined): BatonReference | undefined {
  if (reference.kind === 'function' || name === undefined) return undefined
  return reference.members.get(name) ?? (name === 'default' ? reference : undefined)
}

/** An object with one member; undefined where objects are nested so deep that they probably hold themselves. */
export function objectReference(name: string, reference: BatonReference): BatonReference | undefined {
  return depthOf(reference) < 4 ? { kind: 'object', members: new Map([[name, reference]]) } : undefined
}

function depthOf(reference: BatonReference): number {
  return reference.kind === 'function' ? 0 : 1 + Math.max(...[...reference.members.values()].map(depthOf))
}

/** Equal for equal handles. */
export function referenceKey(reference: BatonReference): string {
  if (reference.kind === 'function') return reference.name
  return `{${[...reference.members].map(([name, member]) => `${name}:${referenceKey(member)}`).join()}}`
}
