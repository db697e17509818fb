/** What stands for (a part of) 'baton' in an expression: one of its functions, or an object with some of them. */
export type Handle = { kind: 'function'; name: string } | { kind: 'object'; members: ReadonlyMap<string, Handle> }

export function memberOf(handle: Handle, name: string | undefined): Handle | undefined {
  if (handle.kind === 'function' || name === undefined) return undefined
  return handle.members.get(name) ?? (name === 'default' ? handle : undefined)
}

/** An object with one member; undefined where objects are nested so deep that they probably hold themselves. */
export function objectWith(name: string, handle: Handle): Handle | undefined {
  return depthOf(handle) < 4 ? { kind: 'object', members: new Map([[name, handle]]) } : undefined
}

function depthOf(handle: Handle): number {
  return handle.kind === 'function' ? 0 : 1 + Math.max(...[...handle.members.values()].map(depthOf))
}

/** Equal for equal handles. */
export function describe(handle: Handle): string {
  if (handle.kind === 'function') return handle.name
  return `{${[...handle.members].map(([name, member]) => `${name}:${describe(member)}`).join()}}`
}
