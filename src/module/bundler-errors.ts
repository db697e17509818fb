import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import type { Message } from 'esbuild'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { closestName } from '../error/closest-name.js'
import { entryName } from './stack-mapper.js'
import { sharedPackages, packageOfImport } from './package-names.js'
import { nearestPath } from './nearest-path.js'

/** Converts esbuild's errors to errors with a hint. */
export async function toBatonErrors(messages: readonly Message[], cwd: string): Promise<BatonError[]> {
  return Promise.all(messages.map(message => toBatonError(message, cwd)))
}

async function toBatonError(message: Message, cwd: string): Promise<BatonError> {
  const place = placeOf(message)
  const details = place ? { place } : {}
  const unresolved = /^Could not resolve "(.*?)"/s.exec(message.text)?.[1]
  if (unresolved !== undefined) {
    const hint = await importHint(unresolved, resolve(cwd, dirname(place?.file ?? '')), cwd)
    // Without a place it is from the generated entry, which has absolute paths of the caller's files.
    const shown = place ? unresolved : relative(cwd, unresolved)
    return new BatonError('BATON_MODULE_IMPORT', `'${shown}' cannot be found.`, { ...details, hint })
  }
  if (message.text.startsWith('No loader is configured')) {
    return new BatonError('BATON_MODULE_IMPORT', 'a file of this type is not code.', {
      ...details,
      hint: "name it in `export const files = ['…']`, and read it with new URL('…', import.meta.url)",
    })
  }
  const notes = message.notes.map(note => note.text).filter(text => text.length > 0)
  const hint = notes.join('; ')
  const code = /^(No matching export|Could not read|Cannot read|This require call)/.test(message.text)
    ? 'BATON_MODULE_IMPORT'
    : 'BATON_MODULE_SYNTAX'
  return new BatonError(code, `${message.text}.`, { ...details, ...(hint && { hint }) })
}

/** esbuild counts columns in bytes of UTF-8, from 0. */
function placeOf({ location }: Message): SourceLocation | undefined {
  if (!location || location.file.endsWith(entryName)) return undefined
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString()
  return { file: location.file, line: location.line, column: before.length + 1 }
}

async function importHint(source: string, folder: string, cwd: string): Promise<string> {
  const name = packageOfImport(source)
  if (/^[./]/.test(source)) {
    const nearest = await nearestPath(resolve(folder, source))
    if (nearest === undefined) return `${relative(cwd, resolve(folder, source))} does not exist`
    const path = relative(folder, nearest)
    return `did you mean '${path.startsWith('.') ? path : `./${path}`}'?`
  }
  const declared = await declaredPackages(folder)
  if (name !== undefined && declared.includes(name)) {
    return source === name
      ? `${name} is in package.json but is not installed: npm install`
      : `is ${name} installed (npm install), and does it have '${source.slice(name.length + 1)}'?`
  }
  const nearest = closestName(name ?? source, [...declared, ...sharedPackages, ...builtinModules])
  if (nearest !== undefined) return `did you mean '${nearest}'?`
  return `if it is a package: npm install --save-dev ${name ?? source}; if it is an alias: it is not in "paths" of the nearest tsconfig.json`
}

/** Returns the packages that the nearest package.json lists. */
async function declaredPackages(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return dirname(folder) === folder ? [] : declaredPackages(dirname(folder))
  try {
    const { dependencies, devDependencies } = JSON.parse(text) as Record<string, object | undefined>
    return Object.keys({ ...dependencies, ...devDependencies })
  } catch {
    return []
  }
}
