import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BatonErrors, type BatonError } from '../../../src/error/baton-error.js'
import { compileModule } from '../../../src/module/compile-module.js'
import type { ModuleExports } from '../../../src/module/module-loader.js'
import { moduleFile } from '../../../src/module/module-file.js'
import type { LoadedModule } from '../../../src/module/module-bundle.js'
import { loadModules, type LoadOptions } from '../../../src/module/load-modules.js'

type Contents = Record<string, string | Buffer>

/** A user's project in a temporary folder. */
export class Project implements AsyncDisposable {
  private constructor(readonly cwd: string) {}

  static async create(files: Contents): Promise<Project> {
    const project = new Project(await realpath(await mkdtemp(join(tmpdir(), 'baton-module-'))))
    await project.write(files)
    return project
  }

  async write(files: Contents): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(this.path(name)), { recursive: true })
      await writeFile(this.path(name), content)
    }
  }

  path(name: string): string {
    return join(this.cwd, name)
  }

  async load(files: readonly string[], options: Partial<LoadOptions> = {}): Promise<LoadedModule[]> {
    const { cwd = this.cwd } = options
    const found = files.map(file => moduleFile(this.path(file), cwd))
    const { modules, errors } = await loadModules({ ...options, cwd, files: found })
    if (errors.length > 0) throw new BatonErrors(errors)
    return modules
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.cwd, { recursive: true, force: true })
  }
}

/** Loads the first of `files` as a module. */
export async function loadOne(files: Contents, options: Partial<LoadOptions> = {}): Promise<LoadedModule> {
  await using project = await Project.create(files)
  const [entry = ''] = Object.keys(files)
  const [loaded] = await project.load([entry], options)
  if (!loaded) throw new Error('nothing was loaded')
  return loaded
}

/** 'baton' and the other shared packages in these tests: functions that record their calls. */
export function sharedPackages(): { calls: string[]; importPackage: (source: string) => Promise<object> } {
  const calls: string[] = []
  const useDevice = async (name: string): Promise<string> => {
    calls.push(name)
    return name
  }
  const packages: Record<string, object> = {
    baton: { useDevice },
    '@wdio/globals': { $: (selector: string) => selector, expect: () => undefined },
    mocha: { describe: (_: string, body: () => void) => body(), it: () => undefined, default: { kind: 'mocha' } },
  }
  return { calls, importPackage: async source => packages[source] ?? {} }
}

/** Runs a loaded module as a worker does. */
export function execute(
  { bundle }: LoadedModule,
  directory = '/unpacked',
  importPackage = sharedPackages().importPackage,
): Promise<ModuleExports> {
  return compileModule(bundle.code, bundle.file)({ directory, importPackage, installedIn: [] })
}

/** The errors that loading reports. */
export async function errorsOf(
  files: Contents,
  entries?: string[],
  options: Partial<LoadOptions> = {},
): Promise<BatonError[]> {
  await using project = await Project.create(files)
  try {
    await project.load(entries ?? Object.keys(files).slice(0, 1), options)
  } catch (error) {
    if (error instanceof BatonErrors) return error.errors
    throw error
  }
  return []
}

/** `CODE file:line:column` of each error. */
export function summary(errors: readonly BatonError[]): string[] {
  return errors.map(({ code, place }) => `${code} ${place?.file}:${place?.line}:${place?.column}`)
}
