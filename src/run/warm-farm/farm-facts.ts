import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FarmConfig } from '../../device/farm-config.js'
import { packageFile, packageVersion } from '../../process/package-root.js'

/** What the behaviour of a farm depends on: what it is, as messages name it → its value, or a hash of it. */
export type FarmFacts = Readonly<Record<string, string>>

/** Also differs if the file itself does. */
export const variableFact = 'a variable of devices.json'

/** Facts that options of one command change. A farm of other ones is not replaced because of that. */
export const optionFacts: readonly string[] = ['--devices', '--headed']

export interface FactsSource {
  cwd: string
  config: FarmConfig
  /** Browsers are shown, whatever the file of devices says. */
  headed: boolean
  env: Readonly<Record<string, string | undefined>>
}

/** Collects the facts of the farm that a command needs now. */
export function farmFacts({ cwd, config, headed, env }: FactsSource): FarmFacts {
  const file = realpathSync(path.resolve(cwd, config.file))
  // The same, however the command line names the file.
  const relative = (_key: string, value: unknown): unknown =>
    typeof value === 'string' && path.isAbsolute(value) ? path.relative(cwd, value) : value
  const { devices, gateway, servers } = config
  return {
    '--devices': file,
    '--headed': String(headed),
    [path.relative(cwd, file)]: hashOf(readFileSync(file)),
    [variableFact]: hashOf(JSON.stringify({ devices, gateway, servers }, relative)),
    Baton: `${packageFile()} ${packageVersion()} ${codeHash()}`,
    Node: `${process.execPath} ${process.version}`,
    ...installedPackages(cwd),
    ...namedFiles(cwd, config),
    ...environment(env),
  }
}

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url')
}

/** By the time and size of files, because reading all of them takes longer than a warm start may. */
function codeHash(): string {
  const folders = ['src', 'drivers'].map(name => packageFile('dist', name)).filter(folder => existsSync(folder))
  const stamps = folders.flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.js'))
      .map(name => `${name} ${stampOf(path.join(folder, name))}`),
  )
  return hashOf(stamps.toSorted().join('\n'))
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat?.isFile() ? `${stat.size} ${stat.mtimeMs}` : undefined
}

const lockFiles = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb']
/** Written by an installation, whether there is a lock file or not. */
const installFiles = ['.package-lock.json', '.modules.yaml', '.yarn-state.yml', '.yarn-integrity']

/** Those of the project, and of folders above it: a workspace has one lock file for all its packages. */
function installedPackages(cwd: string): Record<string, string> {
  const names = [...lockFiles, ...installFiles.map(name => path.join('node_modules', name))]
  const files = foldersUpwards(cwd).flatMap(folder => names.map(name => path.join(folder, name)))
  return Object.fromEntries(
    files.flatMap(file => {
      const content = readIfFile(file)
      return content === undefined ? [] : [[path.relative(cwd, file), hashOf(content)] as const]
    }),
  )
}

function foldersUpwards(folder: string): string[] {
  const parent = path.dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersUpwards(parent)]
}

function readIfFile(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

/** Files that entries of devices name, such as an app: the host reads them once. */
function namedFiles(cwd: string, { file, devices }: FarmConfig): Record<string, string> {
  const folder = path.dirname(path.resolve(cwd, file))
  const texts = new Set(textsIn(devices.map(({ own, capabilities }) => [own, capabilities])))
  const paths = [...texts].flatMap(text =>
    text === '' || text.includes('\0') ? [] : [path.resolve(cwd, text), path.resolve(folder, text)],
  )
  return Object.fromEntries(
    [...new Set(paths)].flatMap(each => {
      const stamp = stampIfReadable(each)
      return stamp === undefined ? [] : [[path.relative(cwd, each), stamp] as const]
    }),
  )
}

/** A text may be longer than a path can be. */
function stampIfReadable(file: string): string | undefined {
  try {
    return stampOf(file)
  } catch {
    return undefined
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Variables that a host, its drivers, its workers, or a program that they start, reads. */
const hostVariables = new RegExp(
  [
    '^(PATH|HOME|TMPDIR|LANG|LANGUAGE|TZ|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|JAVA_HOME|DEVELOPER_DIR)$',
    '^(LD_LIBRARY_PATH|LD_PRELOAD|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED)$',
    '^(LC|ANDROID|ADB|APPIUM|BATON|CHROME|CHROMIUM|DYLD|OTEL|SSL_CERT|XDG_CONFIG)_',
    '_proxy$',
  ].join('|'),
  'i',
)

function environment(env: FactsSource['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (value === undefined || !hostVariables.test(name)) return []
      return [[`the environment variable ${name}`, hashOf(name === 'PATH' ? comparablePath(value) : value)] as const]
    }),
  )
}

/** Programs that drivers look for. */
const programs = ['chromedriver', 'chromium', 'google-chrome', 'adb', 'node', 'java', 'redis-server']

/** Without folders that only npm adds, so that `npx baton` and an npm script find the farm of each other. */
function comparablePath(value: string): string {
  const folders = value.split(path.delimiter).filter(folder => {
    const isNpms = /[/\\](?:node_modules[/\\]\.bin|node-gyp-bin)$/.test(folder)
    return !isNpms || programs.some(program => existsSync(path.join(folder, program)))
  })
  return folders.join(path.delimiter)
}
