import { randomBytes } from 'node:crypto'
import { chatActivity, chatPackage } from '../chat/chat-state.js'
import { writeBinaryXml, type XmlElement } from './write-binary-xml.js'
import { writeZip } from './write-zip.js'

export interface ApkOptions {
  /** Default: the chat's. */
  package?: string
  /** Empty: it has no activity that can be started. */
  activity?: string
  versionCode?: number
  versionName?: string
  minSdk?: number
  permissions?: string[]
  /** Random bytes in addition to the manifest, so that no two files are equal; default 1,000. */
  payloadBytes?: number
}

/**
 * Makes an app file for a simulated phone, by default a version of the chat. It contains a real manifest and no code.
 */
export function makeApk(options: ApkOptions = {}): Buffer {
  return writeZip({
    'AndroidManifest.xml': writeBinaryXml(manifest(options)),
    'assets/payload': randomBytes(options.payloadBytes ?? 1000),
  })
}

function manifest(options: ApkOptions): XmlElement {
  const { package: name = chatPackage, activity = chatActivity, minSdk = 26 } = options
  const { versionCode = 1, versionName = `${versionCode}.0`, permissions = ['android.permission.INTERNET'] } = options
  const filter: XmlElement = {
    name: 'intent-filter',
    children: [
      { name: 'action', attributes: { name: 'android.intent.action.MAIN' } },
      { name: 'category', attributes: { name: 'android.intent.category.LAUNCHER' } },
    ],
  }
  return {
    name: 'manifest',
    attributes: { versionCode, versionName, package: name },
    children: [
      { name: 'uses-sdk', attributes: { minSdkVersion: minSdk, targetSdkVersion: 34 } },
      ...permissions.map(permission => ({ name: 'uses-permission', attributes: { name: permission } })),
      {
        name: 'application',
        children: activity ? [{ name: 'activity', attributes: { name: activity }, children: [filter] }] : [],
      },
    ],
  }
}
