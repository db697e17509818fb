import { parseBinaryXml, type BinaryElement } from './binary-xml.js'
import { readZipEntry } from './zip-entry.js'

/** What the phone needs to know of an app. */
export interface ApkManifest {
  package: string
  versionCode: number
  versionName: string
  minSdk: number
  targetSdk: number
  permissions: string[]
  /** Full name of the launcher activity. */
  launcher?: string
  /** `package/runner`, as `am instrument` names it. */
  instrumentations: string[]
}

/** @returns undefined if the file is not an app */
export function readApkManifest(apk: Buffer): ApkManifest | undefined {
  const xml = readZipEntry(apk, 'AndroidManifest.xml')
  if (!xml) return undefined
  const elements = parseBinaryXml(xml)
  const manifest = elements.find(({ name }) => name === 'manifest')?.attributes
  const name = manifest?.['package']
  if (!manifest || typeof name !== 'string') return undefined
  const sdk = elements.find(({ name }) => name === 'uses-sdk')?.attributes
  const launcher = findLauncher(elements)
  return {
    package: name,
    versionCode: Number(manifest['versionCode'] ?? 0),
    versionName: String(manifest['versionName'] ?? ''),
    minSdk: Number(sdk?.['minSdkVersion'] ?? 1),
    targetSdk: Number(sdk?.['targetSdkVersion'] ?? 1),
    permissions: namesOf(elements, 'uses-permission'),
    ...(launcher === undefined ? {} : { launcher: launcher.startsWith('.') ? name + launcher : launcher }),
    instrumentations: namesOf(elements, 'instrumentation').map(runner => `${name}/${runner}`),
  }
}

function namesOf(elements: readonly BinaryElement[], element: string): string[] {
  return elements.filter(({ name }) => name === element).map(({ attributes }) => String(attributes['name']))
}

/** The category is part of an intent filter of its activity. */
function findLauncher(elements: readonly BinaryElement[]): string | undefined {
  let activity: string | undefined
  for (const { name, attributes } of elements) {
    if (name === 'activity' || name === 'activity-alias') activity = String(attributes['name'])
    if (name === 'category' && attributes['name'] === 'android.intent.category.LAUNCHER') return activity
  }
  return undefined
}
