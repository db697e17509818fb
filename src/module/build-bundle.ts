import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type BuildFailure, type BuildResult, type Message, type Metafile } from 'esbuild'
import { BatonError, BatonErrors } from '../error/baton-error.js'
import { toBatonErrors } from './bundler-errors.js'
import { isAcceptable, strictCode } from './strict-code.js'
import { entryName } from './stack-mapper.js'
import { sharedPackages } from './package-names.js'
import { findAddons, findUnbuiltAddons } from './native-addons.js'

export interface BuildOptions {
  /** Absolute. */
  file: string
  /** The run's working directory; absolute. */
  cwd: string
  /** Setup files, which run before the module in this order; relative to `cwd` or absolute. */
  setup: readonly string[]
  /** Files that the module may import by a computed name; absolute. */
  computed?: readonly string[]
}

/** A module and everything that it imports: as one ES module, to read its needs, and as a list of files. */
export interface BuiltBundle {
  code: string
  sourceMap: string
  inputs: Metafile['inputs']
  /** Source files with code in the bundle; relative to `cwd` or absolute. */
  sources: string[]
  /** Packages with native addons, which are not bundled. */
  addons: string[]
}

/**
 * Bundles one module. Types are not checked.
 * @throws BatonErrors with BATON_MODULE_SYNTAX, BATON_MODULE_IMPORT and BATON_MODULE_ADDON
 */
export async function buildBundle(options: BuildOptions): Promise<BuiltBundle> {
  const addons = new Set<string>()
  const accepted: Message[] = []
  for (;;) {
    const known = addons.size
    try {
      const { outputFiles, metafile } = await runBundler(options, [...addons], accepted)
      const inputs = withPlainNames(metafile.inputs, options.cwd)
      const found = findAddons(inputs)
      for (const name of found.packages) addons.add(name)
      if (addons.size > known) continue
      if (found.own.length > 0)
        throw new BatonErrors(await Promise.all(found.own.map(use => ownAddonError(use, options.cwd))))
      const text = (ending: string): string => outputFiles.find(file => file.path.endsWith(ending))?.text ?? ''
      return {
        code: text('.js'),
        sourceMap: withPlainPaths(text('.map')),
        inputs,
        sources: sourcesOf(metafile).map(file => plainName(file, options.cwd)),
        addons: [...addons].toSorted(),
      }
    } catch (error) {
      if (!isBuildFailure(error)) throw error
      const { errors, isNew } = acceptErrors(error.errors, accepted)
      for (const name of findUnbuiltAddons(errors)) addons.add(name)
      if (!isNew && addons.size === known) {
        const refused = errors.length > 0 ? errors : error.errors
        throw new BatonErrors(await toBatonErrors(refused, options.cwd))
      }
    }
  }
}

/**
 * Adds the errors about code that Node would load to `accepted`. The bundler finds them in several passes.
 * @returns the other errors, and whether it makes sense to try again
 */
function acceptErrors(all: readonly Message[], accepted: Message[]): { errors: Message[]; isNew: boolean } {
  const key = ({ text, location }: Message): string => [text, location?.file, location?.line, location?.column].join()
  const known = new Set(accepted.map(key))
  const found = all.filter(error => isAcceptable(error) && !known.has(key(error)))
  accepted.push(...found)
  const errors = all.filter(error => !isAcceptable(error))
  return { errors, isNew: errors.length === 0 && found.length > 0 }
}

type Built = BuildResult<{ write: false; metafile: true }>

function runBundler(
  { file, cwd, setup, computed = [] }: BuildOptions,
  addons: readonly string[],
  accepted: readonly Message[],
): Promise<Built> {
  return build({
    stdin: {
      contents: entryText(
        file,
        setup.map(path => resolve(cwd, path)),
        computed,
      ),
      resolveDir: cwd,
      sourcefile: entryName,
    },
    absWorkingDir: cwd,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    logLimit: 0,
    sourcemap: 'external',
    sourcesContent: false,
    // Not written; the name makes the source map's paths relative to `cwd`.
    outfile: join(cwd, 'bundle.js'),
    external: [...sharedPackages, ...addons, 'data:*'],
    ...(accepted.length > 0 && { plugins: [strictCode(accepted, cwd)] }),
    // As Node, which ignores the "module" variants of packages.
    conditions: [],
    // Style sheets that components import are ignored. Addons are found in the metafile.
    loader: { '.node': 'empty', '.css': 'empty' },
  })
}

/** Namespace imports keep the names of exports, for ES modules and CommonJS alike. */
function entryText(file: string, setup: readonly string[], computed: readonly string[]): string {
  const imports = setup.map((path, index) => `import * as setup${index} from ${JSON.stringify(path)}\n`).join('')
  const list = setup.map((_, index) => `setup${index}`).join(', ')
  const later = computed.map(path => `() => import(${JSON.stringify(path)})`).join(', ')
  return `${imports}import * as exports from ${JSON.stringify(file)}\nconst setup = [${list}], computed = [${later}]\nexport { exports, setup, computed }\n`
}

/** Decodes the paths in a source map, which esbuild encodes like URLs. */
function withPlainPaths(sourceMap: string): string {
  if (!sourceMap.includes('%')) return sourceMap
  const map = JSON.parse(sourceMap) as { sources: string[] }
  return JSON.stringify({ ...map, sources: map.sources.map(decodeURIComponent) })
}

function withPlainNames(inputs: Metafile['inputs'], cwd: string): Metafile['inputs'] {
  const entries = Object.entries(inputs).map(([name, input]) => {
    const imports = input.imports.map(each => ({ ...each, path: plainName(each.path, cwd) }))
    return [plainName(name, cwd), { ...input, imports }] as const
  })
  return Object.fromEntries(entries)
}

/** The bundler lists a file that is imported `with { type: 'json' }`, or with a query, under a name of its own. */
function plainName(name: string, cwd: string): string {
  const plain = name.replace(/ with \{[^{}]*\}$/, '')
  const file = plain.replace(/[?#].*$/s, '')
  return file !== plain && !existsSync(resolve(cwd, plain)) && existsSync(resolve(cwd, file)) ? file : plain
}

function sourcesOf(metafile: Metafile): string[] {
  const outputs = Object.values(metafile.outputs).flatMap(output => Object.entries(output.inputs))
  return outputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file)
}

async function ownAddonError({ file, source }: { file: string; source: string }, cwd: string): Promise<BatonError> {
  const text = await readFile(resolve(cwd, file), 'utf8')
  const before = text.slice(0, Math.max(0, text.indexOf(source))).split('\n')
  return new BatonError('BATON_MODULE_ADDON', `'${source}' is a native addon, which can't be bundled.`, {
    place: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
    hint: 'import it from an installed package that each host has in its node_modules',
  })
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && 'warnings' in error
}
