import { createHash } from 'node:crypto'
import type { ApkManifest } from '../apk/apk-manifest.js'

export interface InstalledPackage extends ApkManifest {
  apkPath: string
  apkBytes: number
  system: boolean
  granted: Set<string>
  firstInstallMs: number
  lastUpdateMs: number
}

const runtimePermissions =
  /\.(CAMERA|RECORD_AUDIO|ACCESS_(FINE|COARSE|BACKGROUND)_LOCATION|(READ|WRITE)_(CONTACTS|CALENDAR|EXTERNAL_STORAGE|CALL_LOG)|READ_MEDIA_\w+|POST_NOTIFICATIONS|CALL_PHONE|READ_PHONE_STATE|(SEND|READ|RECEIVE)_SMS|BLUETOOTH_(CONNECT|SCAN)|BODY_SENSORS)$/

/** Permissions that need the user's consent; all others are granted with the installation. */
export const isRuntimePermission = (permission: string): boolean => runtimePermissions.test(permission)

const systemPackages = [
  ['android', '/system/framework/framework-res.apk'],
  ['com.android.systemui', '/system_ext/priv-app/SystemUI/SystemUI.apk'],
  ['com.android.launcher3', '/system_ext/priv-app/Launcher3/Launcher3.apk'],
] as const

/** Installed apps, including those of the system; survive a reboot. */
export class Packages {
  readonly #installed = new Map<string, InstalledPackage>(
    systemPackages.map(([name, apkPath]) => [name, systemPackage(name, apkPath)]),
  )

  /** Number of running installations. */
  installing = 0

  get(name: string): InstalledPackage | undefined {
    return this.#installed.get(name)
  }

  list(): InstalledPackage[] {
    return [...this.#installed.values()]
  }

  add(manifest: ApkManifest, apk: { bytes: number; system?: boolean; nowMs: number; grantAll?: boolean }) {
    const before = this.#installed.get(manifest.package)
    const code = createHash('sha1').update(`${manifest.package}${apk.nowMs}`).digest('base64url').slice(0, 22)
    const added: InstalledPackage = {
      ...manifest,
      apkPath: `/data/app/~~${code}==/${manifest.package}-${code}==/base.apk`,
      apkBytes: apk.bytes,
      system: apk.system ?? false,
      granted: new Set(
        manifest.permissions.filter(
          name => !isRuntimePermission(name) || apk.grantAll === true || before?.granted.has(name),
        ),
      ),
      firstInstallMs: before?.firstInstallMs ?? apk.nowMs,
      lastUpdateMs: apk.nowMs,
    }
    this.#installed.set(manifest.package, added)
    return added
  }

  remove(name: string): boolean {
    return this.#installed.delete(name)
  }
}

function systemPackage(name: string, apkPath: string): InstalledPackage {
  return {
    package: name,
    apkPath,
    versionCode: 34,
    versionName: '14',
    minSdk: 34,
    targetSdk: 34,
    permissions: [],
    instrumentations: [],
    apkBytes: 0,
    system: true,
    granted: new Set(),
    firstInstallMs: 0,
    lastUpdateMs: 0,
  }
}
