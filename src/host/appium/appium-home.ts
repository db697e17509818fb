import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { testedVersion } from '../../process/package-root.js'

/** The part of an Appium driver's package.json that is used here. */
const extensionPackage = z.looseObject({
  name: z.string(),
  version: z.string(),
  peerDependencies: z.looseObject({ appium: z.string().optional() }).optional(),
  appium: z.looseObject({ driverName: z.string() }),
})

/** Revision of the manifest's layout that Appium 3 writes; an older one would be migrated. */
const manifestRevision = 4

/**
 * Prepares an APPIUM_HOME with the given drivers and nothing else. So neither the user's `~/.appium` nor a surrounding
 * project has any effect, and nothing is downloaded. The drivers stay in npm's folders: the manifest has their paths,
 * and a link in `node_modules` lets Appium resolve files below them (a driver's argument schema).
 * @param home - an existing, empty folder
 * @param packages - npm packages of Appium drivers, resolved as Baton's own dependencies
 * @throws BatonError BATON_TOOL_MISSING if a package is not installed
 */
export async function prepareAppiumHome(home: string, packages: readonly string[]): Promise<void> {
  const drivers: Record<string, unknown> = {}
  for (const name of new Set(packages)) {
    const { driverName, entry, directory } = await describeDriver(name)
    drivers[driverName] = entry
    const link = join(home, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(directory, link, 'dir')
  }
  const cache = join(home, 'node_modules', '.cache', 'appium')
  await mkdir(cache, { recursive: true })
  // JSON is YAML.
  await writeFile(
    join(cache, 'extensions.yaml'),
    JSON.stringify({ drivers, plugins: {}, schemaRev: manifestRevision }, null, 2),
  )
}

async function describeDriver(packageName: string) {
  const file = resolvePackage(packageName)
  const parsed = extensionPackage.parse(JSON.parse(await readFile(file, 'utf8')))
  const { driverName, ...meta } = parsed.appium
  const directory = dirname(file)
  const entry = {
    ...meta,
    pkgName: parsed.name,
    version: parsed.version,
    appiumVersion: parsed.peerDependencies?.appium,
    installType: 'npm',
    installSpec: `${parsed.name}@${parsed.version}`,
    installPath: directory,
  }
  return { driverName, entry, directory }
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`)
  } catch (cause) {
    throw new BatonError('BATON_TOOL_MISSING', `the Appium driver '${name}' is not installed`, {
      hint: `npm install ${[name, testedVersion(name)].filter(Boolean).join('@')}`,
      cause,
    })
  }
}
