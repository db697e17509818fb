import type { Message } from 'esbuild'

/*
 * The bundler refuses assignments to constants and imports. Node runs such code until it gets there. In the bundle that
 * needs are read from, another name of the same length takes the place of the constant.
 */

/** Whether an error of the bundler is about an assignment that Node refuses only when it runs. */
export function isImpossibleAssignment({ text, location }: Message): boolean {
  return location !== null && location.length > 0 && /^Cannot assign to (?:import )?"/.test(text)
}

/**
 * Replaces the name that the assignments are about.
 * @param code - of one file
 * @param offsets - where the bundler found them, in bytes of UTF-8
 */
export function withPossibleAssignments(code: string, offsets: readonly number[]): string {
  const bytes = Buffer.from(code)
  const namespaces = [...code.matchAll(/\*\s*as\s+([\w$]+)/g)].flatMap(([, name = '']) => name)
  for (const offset of offsets) {
    const before = bytes.subarray(0, offset).toString()
    const after = bytes.subarray(offset).toString()
    const isMember = /(?<!\.)\.\s*$/.test(before) || /^['"`]/.test(after)
    const found = isMember ? lastUse(before, namespaces) : nameAt(after)
    if (found === undefined) continue
    const at = isMember ? Buffer.byteLength(before.slice(0, before.lastIndexOf(found))) : offset
    bytes.write(unusedName(code, Buffer.byteLength(found)), at)
  }
  return bytes.toString()
}

function nameAt(text: string): string | undefined {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200C\u200D]*/u.exec(text)?.[0]
}

/** Returns the namespace whose property is assigned, such as `all` if the code is `(all as any).name = 1`. */
function lastUse(before: string, namespaces: readonly string[]): string | undefined {
  const uses = [...before.matchAll(/[\w$]+/g)].map(([name]) => name)
  return uses.findLast(name => namespaces.includes(name))
}

/** Of ASCII, so that columns in bytes stay the same. */
function unusedName(code: string, length: number): string {
  const letters = '$_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')
  const used = new Set(code.match(/[\w$]+/g))
  return letters.map(letter => letter.repeat(length)).find(name => !used.has(name)) ?? '_'.repeat(length)
}
