import { setTimeout as delay } from 'node:timers/promises'
import { ByteSource } from '../adbd/byte-source.js'
import type { Phone } from '../phone.js'
import { readApkManifest } from '../apk/apk-manifest.js'
import { fileModes } from '../system/files.js'
import { packageService } from './package-service.js'
import { CommandFailure, type Invocation } from './shell-io.js'

/** `pm install [-r] [-g] [-S SIZE] [PATH|-]`: from the stream, or from a file on the phone. */
export async function install({ phone, args, io }: Invocation): Promise<number> {
  const sizeAt = args.indexOf('-S')
  const file = args.findLast((arg, index) => arg.startsWith('/') && index !== sizeAt + 1)
  let apk: Buffer | undefined
  if (sizeAt >= 0 && Number(args[sizeAt + 1]) > phone.freeBytes) {
    // As Android does: space is checked before the file is read, and the stream is closed while it is still being sent.
    io.out(installFailure(noRoom))
    return 1
  }
  if (sizeAt >= 0) apk = await new ByteSource(io.stdin).read(Number(args[sizeAt + 1]))
  else apk = phone.files.get(file ?? '')?.content
  if (!apk) {
    io.err(`Error: Unable to open file: ${file}\n`)
    return 1
  }
  await preparation(phone, io.signal)
  const failure = installApk(phone, apk, {
    grantAll: args.includes('-g'),
    mayReplace: args.includes('-r') || sizeAt >= 0,
  })
  io.out(failure ? installFailure(failure) : 'Success\n')
  return failure ? 1 : 0
}

/** The slow part; it is cancelled with its caller. */
async function preparation(phone: Phone, signal: AbortSignal): Promise<void> {
  const { packages, behavior } = phone
  packages.installing += 1
  try {
    if (behavior.hangInInstall) phone.set({ packageManager: 'hung' })
    await delay(behavior.installMs, undefined, { signal }).catch(() => {
      throw new CommandFailure('')
    })
    await packageService(phone, signal)
  } finally {
    packages.installing -= 1
  }
}

const noRoom = 'INSTALL_FAILED_INSUFFICIENT_STORAGE: Failed to override installation location'

export const installFailure = (reason: string): string => `Failure [${reason}]\n`

/** @returns why it can't be installed, as the package manager's message */
export function installApk(
  phone: Phone,
  apk: Buffer,
  { grantAll = false, mayReplace = true, system = false } = {},
): string | undefined {
  const { behavior, packages, nowMs } = phone
  if (behavior.failInstall) return behavior.failInstall
  const manifest = readApkManifest(apk)
  if (!manifest) return 'INSTALL_PARSE_FAILED_NOT_APK: Failed to parse base.apk'
  const before = packages.get(manifest.package)
  if (before && !mayReplace) {
    return `INSTALL_FAILED_ALREADY_EXISTS: Attempt to re-install ${manifest.package} without first uninstalling.`
  }
  if (before && before.versionCode > manifest.versionCode) {
    return `INSTALL_FAILED_VERSION_DOWNGRADE: Downgrade detected: Update version code ${manifest.versionCode} is older than current ${before.versionCode}`
  }
  if (manifest.minSdk > phone.model.sdk) {
    return `INSTALL_FAILED_OLDER_SDK: Requires newer sdk version #${manifest.minSdk} (current version is #${phone.model.sdk})`
  }
  if (apk.length > phone.freeBytes) return noRoom
  phone.apps.stop(manifest.package)
  phone.processes.endNamed(manifest.package)
  if (before) phone.files.remove(before.apkPath)
  const added = packages.add(manifest, { bytes: apk.length, nowMs, grantAll, system })
  phone.files.write(added.apkPath, { content: apk, mode: fileModes.file | 0o644, mtimeMs: nowMs })
  return undefined
}

/** `pm uninstall [-k] PACKAGE` */
export function uninstall({ phone, args, io }: Invocation): number {
  const name = args.findLast(arg => !arg.startsWith('-')) ?? ''
  const installed = phone.packages.get(name)
  if (!installed) {
    io.out('Failure [DELETE_FAILED_INTERNAL_ERROR]\n')
    return 1
  }
  phone.apps.clearData(name)
  phone.processes.endNamed(name)
  phone.files.remove(installed.apkPath)
  phone.packages.remove(name)
  io.out('Success\n')
  return 0
}
