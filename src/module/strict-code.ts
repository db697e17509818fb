import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Message, Plugin } from 'esbuild'

/*
 * Needs are read from a bundle that is one ES module, which is strict. Sloppy CommonJS may use syntax that strict code may
 * not, such as `with`. For that bundle, which never runs, other syntax of the same length takes its place.
 */

/** Finds the places of sloppy syntax among the bundler's errors; undefined if there are other errors. */
export function sloppyPlaces(errors: readonly Message[]): Message[] | undefined {
  return errors.every(({ text, location }) => location && text.includes('due to strict mode')) ? [...errors] : undefined
}

/** Replaces sloppy syntax while the bundler reads these files. */
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
        const lines = (await readFile(path, 'utf8')).split('\n')
        const reserved = new Set<string>()
        for (const { location, text } of found) {
          if (!location) continue
          const line = Buffer.from(lines[location.line - 1] ?? '')
          const name = line.subarray(location.column, location.column + location.length).toString()
          if (isReserved(name) && !text.startsWith('Delete')) reserved.add(name)
          else lines[location.line - 1] = replaced(line, location)
        }
        const contents = [...reserved].reduce(renamed, lines.join('\n'))
        const extension = /\.[cm]?([jt]sx?)$/.exec(path)?.[1] ?? 'js'
        return { contents, loader: extension as 'js' }
      })
    },
  }
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
