import { manifestElements, type ManifestElement } from './manifest-elements.js'
import { zipEntry } from './zip-entry.js'

/** What is needed to install and start an app. */
export interface Apk {
  package: string
  /** The activity behind the app's icon, in full; absent: it has none. */
  activity?: string
  /** All that it requests. */
  permissions: string[]
}

/** @throws Error if the file is not an app, with what is wrong */
export function readApk(content: Buffer): Apk {
  const elements = elementsOf(content)
  if (!elements) throw new Error('it is not an .apk: a ZIP archive with an AndroidManifest.xml')
  const name = elements.find(element => element.name === 'manifest')?.attributes['package']
  if (typeof name !== 'string') throw new Error('its AndroidManifest.xml names no package')
  const permissions = elements
    .filter(element => element.name === 'uses-permission')
    .map(({ attributes }) => String(attributes['name']))
  const activity = launcherOf(elements)
  if (activity === undefined) return { package: name, permissions }
  return { package: name, permissions, activity: activity.startsWith('.') ? name + activity : activity }
}

/** Undefined if it has no manifest, or a damaged one. */
function elementsOf(content: Buffer): ManifestElement[] | undefined {
  try {
    const manifest = zipEntry(content, 'AndroidManifest.xml')
    return manifest && manifestElements(manifest)
  } catch {
    return undefined
  }
}

/** The category is inside of its activity, after the activity's start. */
function launcherOf(elements: readonly ManifestElement[]): string | undefined {
  let activity: string | undefined
  for (const { name, attributes } of elements) {
    if (name === 'activity' || name === 'activity-alias') activity = String(attributes['name'])
    if (name === 'category' && attributes['name'] === 'android.intent.category.LAUNCHER') return activity
  }
  return undefined
}
