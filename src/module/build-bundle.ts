import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type BuildFailure, type BuildResult, type Metafile } from 'esbuild'
import { BatonError, BatonErrors } from '../error/baton-error.js'
import { toBatonErrors } from './bundler-errors.js'
import { placeholders } from './function-body.js'
import { entryName } from './entry-name.js'
import { sharedPackages } from './package-names.js'
import { findAddons, findUnbuiltAddons } from './native-addons.js'

export interface BuildOptions {
  /** Absolute. */
  file: string
  /** Where the run was started; absolute. */
  cwd: string
  /** Set-up files, evaluated before the module, in this order; relative to `cwd` or absolute. */
  setup: readonly string[]
}

/** A module and all that it imports, as one ES module. */
export interface BuiltBundle {
  code: string
  sourceMap: string
  /** Source files that have code in it; relative to `cwd`, or absolute. */
  sources: string[]
  /** Packages with native addons, which stay outside. */
  addons: string[]
}

/**
 * Bundles one module; types are not checked.
 * @throws BatonErrors with BATON_MODULE_SYNTAX, BATON_MODULE_IMPORT and BATON_MODULE_ADDON
 */
export async function buildBundle(options: BuildOptions): Promise<BuiltBundle> {
  const addons = new Set<string>()
  for (;;) {
    const known = addons.size
    try {
      const { outputFiles, metafile } = await runBundler(options, [...addons])
      const found = findAddons(metafile.inputs)
      for (const name of found.packages) addons.add(name)
      if (addons.size > known) continue
      if (found.own.length > 0)
        throw new BatonErrors(await Promise.all(found.own.map(use => ownAddonError(use, options.cwd))))
      const text = (ending: string): string => outputFiles.find(file => file.path.endsWith(ending))?.text ?? ''
      return {
        code: text('.js'),
        sourceMap: withPlainPaths(text('.map')),
        sources: sourcesOf(metafile),
        addons: [...addons].toSorted(),
      }
    } catch (error) {
      if (!isBuildFailure(error)) throw error
      for (const name of findUnbuiltAddons(error.errors)) addons.add(name)
      if (addons.size === known) throw new BatonErrors(await toBatonErrors(error.errors, options.cwd))
    }
  }
}

type Built = BuildResult<{ write: false; metafile: true }>

function runBundler({ file, cwd, setup }: BuildOptions, addons: readonly string[]): Promise<Built> {
  return build({
    stdin: {
      contents: entryText(
        file,
        setup.map(path => resolve(cwd, path)),
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
    // Never written: the name makes the source map's paths relative to `cwd`.
    outfile: join(cwd, 'bundle.js'),
    external: [...sharedPackages, ...addons],
    define: { ...placeholders },
    // A style sheet that a component imports has no meaning here; addons are looked for in the metafile.
    loader: { '.node': 'empty', '.css': 'empty' },
  })
}

/** Names of exports are kept by namespace imports, whatever the kind of the file. */
function entryText(file: string, setup: readonly string[]): string {
  const imports = setup.map((path, index) => `import * as setup${index} from ${JSON.stringify(path)}\n`).join('')
  const list = setup.map((_, index) => `setup${index}`).join(', ')
  return `${imports}import * as exports from ${JSON.stringify(file)}\nconst setup = [${list}]\nexport { exports, setup }\n`
}

/** The bundler writes paths as parts of URLs. */
function withPlainPaths(sourceMap: string): string {
  if (!sourceMap.includes('%')) return sourceMap
  const map = JSON.parse(sourceMap) as { sources: string[] }
  return JSON.stringify({ ...map, sources: map.sources.map(decodeURIComponent) })
}

function sourcesOf(metafile: Metafile): string[] {
  const outputs = Object.values(metafile.outputs).flatMap(output => Object.entries(output.inputs))
  return outputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file)
}

async function ownAddonError({ file, source }: { file: string; source: string }, cwd: string): Promise<BatonError> {
  const text = await readFile(resolve(cwd, file), 'utf8')
  const before = text.slice(0, Math.max(0, text.indexOf(source))).split('\n')
  return new BatonError('BATON_MODULE_ADDON', `'${source}' is a native addon, which does not travel.`, {
    place: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
    hint: 'import it as an installed package, which each host has in its own node_modules',
  })
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && 'warnings' in error
}
