import { applyEdits, modify, parse, type ParseError } from 'jsonc-parser'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { ignoredFolders, starterScript } from './starter-files.js'

const packageJson = z.looseObject({
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
})

/**
 * Adds the script that runs the tests; the rest keeps its text.
 * @param text - undefined if there is no package.json
 * @returns undefined if it has a script of that name
 * @throws BatonError BATON_CONFIG_INVALID if the file isn't a package.json
 */
export function addScript(text: string | undefined): string | undefined {
  const { name, command } = starterScript
  if (text === undefined) return `${JSON.stringify({ private: true, scripts: { [name]: command } }, undefined, 2)}\n`
  if (readPackageJson(text).scripts?.[name] !== undefined) return undefined
  const [indent = '  '] = /^[ \t]+/m.exec(text) ?? []
  const formattingOptions = { insertSpaces: !indent.startsWith('\t'), tabSize: indent.length, eol: '\n' }
  return applyEdits(text, modify(text, ['scripts', name], command, { formattingOptions }))
}

/** Whether a package.json does not name Baton. */
export function lacksBaton(text: string | undefined): boolean {
  const { dependencies, devDependencies } = readPackageJson(text ?? '{}')
  return !('baton' in { ...dependencies, ...devDependencies })
}

function readPackageJson(text: string): z.infer<typeof packageJson> {
  const errors: ParseError[] = []
  const parsed = packageJson.safeParse(parse(text.replace(/^\uFEFF/, ''), errors))
  if (errors.length === 0 && parsed.success) return parsed.data
  throw new BatonError('BATON_CONFIG_INVALID', 'expected a package.json, found something else.', {
    place: { file: 'package.json' },
    hint: 'correct it (npm pkg get shows the mistake), then run baton init again',
  })
}

/**
 * @param text - of .gitignore; undefined if there is none
 * @returns undefined if it has all entries
 */
export function addIgnored(text: string | undefined): string | undefined {
  const present = new Set((text ?? '').split(/\r?\n/).map(line => line.trim().replace(/^\//, '').replace(/\/?$/, '/')))
  const missing = ignoredFolders.filter(folder => !present.has(folder))
  if (missing.length === 0) return undefined
  const before = text === undefined || text === '' || text.endsWith('\n') ? (text ?? '') : `${text}\n`
  return `${before}${missing.join('\n')}\n`
}
