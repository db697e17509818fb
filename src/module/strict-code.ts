import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Message, Plugin } from 'esbuild'
import { isImpossibleAssignment, withPossibleAssignments } from './impossible-assignments.js'

/*
 * Needs are read from a bundle that is one ES module, which is strict. Sloppy CommonJS may use syntax that strict code may
 * not, such as `with`. For that bundle, which never runs, other syntax of the same length takes its place.
 */

/** Whether an error of the bundler is about code that Node would load. */
export function isAcceptable(error: Message): boolean {
  return isSloppy(error) || isImpossibleAssignment(error)
}

function isSloppy({ text, location }: Message): boolean {
  return location !== null && text.includes('due to strict mode')
}

/** Replaces what the bundler wrongly refuses while it reads these files. @param places - its errors */
export function strictCode(places: readonly Message[], cwd: string): Plugin {
  const byFile = new Map<string, Message[]>()
  for (const place of places) {
    const file = resolve(cwd, place.location?.file ?? '')
    byFile.set(file, [...(byFile.get(file) ?? []), place])
  }
  return {
    name: 'strict-code',
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        const found = byFile.get(path)
        if (!found) return undefined
        const text = await readFile(path, 'utf8')
        const offsets = found.filter(isImpossibleAssignment).map(place => offsetOf(text, place))
        const contents = withoutSloppySyntax(withPossibleAssignments(text, offsets), found.filter(isSloppy))
        const extension = /\.[cm]?([jt]sx?)$/.exec(path)?.[1] ?? 'js'
        return { contents, loader: extension as 'js' }
      })
    },
  }
}

function offsetOf(text: string, { location }: Message): number {
  const before = text.split('\n').slice(0, (location?.line ?? 1) - 1)
  return Buffer.byteLength(before.map(line => `${line}\n`).join('')) + (location?.column ?? 0)
}

function withoutSloppySyntax(code: string, places: readonly Message[]): string {
  const lines = code.split('\n')
  const reserved = new Set<string>()
  for (const { location, text } of places) {
    if (!location) continue
    const line = Buffer.from(lines[location.line - 1] ?? '')
    const name = line.subarray(location.column, location.column + location.length).toString()
    if (isReserved(name) && !text.startsWith('Delete')) reserved.add(name)
    else lines[location.line - 1] = replaced(line, location)
  }
  return [...reserved].reduce(renamed, lines.join('\n'))
}

/** Whether it is a name that strict code reserves, such as `package`. */
function isReserved(name: string): boolean {
  return /^[a-z]+$/.test(name) && name !== 'with'
}

/** Renames a variable, not what is in quotes or part of a path. */
function renamed(code: string, name: string): string {
  return code.replaceAll(new RegExp(`(?<![\\w$.'"\`/-])${name}(?![\\w$'"\`/:-])`, 'g'), name.toUpperCase())
}

/** Replaces `with` and the variable of `delete name`. Positions are in bytes. */
function replaced(line: Buffer, { column, length }: { column: number; length: number }): string {
  const text = line.subarray(column, column + length).toString()
  const end = line.subarray(column + length).toString()
  return line.subarray(0, column).toString() + (text === 'with' ? 'if  ' : '0'.padEnd(text.length)) + end
}
