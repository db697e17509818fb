import { randomBytes } from 'node:crypto'
import { chatActivity, chatPackage } from '../chat/chat-state.js'
import { writeBinaryXml, type XmlElement } from './write-binary-xml.js'
import { writeZip } from './write-zip.js'

export interface ApkOptions {
  /** Default: the chat's. */
  package?: string
  /** Empty: nothing in it can be started. */
  activity?: string
  versionCode?: number
  versionName?: string
  minSdk?: number
  permissions?: string[]
  /** Bytes that it takes beside its manifest; default 1,000. Of chance, so that no two files are equal. */
  payloadBytes?: number
}

/**
 * Makes an app file that installs on a simulated phone: by default the chat, so that tests have versions of it to
 * install. It holds a true manifest and no code.
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
