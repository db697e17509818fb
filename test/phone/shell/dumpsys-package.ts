import { isRuntimePermission, type InstalledPackage } from '../system/packages.js'
import { zoneTime } from '../system/zone-time.js'
import type { Invocation } from './shell-io.js'

/** `dumpsys package [NAME]` */
export function dumpPackage({ phone, args }: Invocation): string {
  const [name] = args
  const zone = phone.properties.get('persist.sys.timezone')
  const found = phone.packages.list().filter(each => name === undefined || each.package === name)
  if (found.length === 0) return `Dexopt state:\n  Unable to find package: ${name}\n`
  return `Packages:\n${found.map(each => describe(each, zone)).join('')}`
}

function describe(each: InstalledPackage, zone: string): string {
  const grants = (isRuntime: boolean): string =>
    each.permissions
      .filter(permission => isRuntimePermission(permission) === isRuntime)
      .map(permission => `      ${permission}: granted=${each.granted.has(permission)}\n`)
      .join('')
  return `  Package [${each.package}] (a1b2c3d):
    userId=10123
    pkg=Package{e4f5a6b ${each.package}}
    codePath=${each.apkPath.replace('/base.apk', '')}
    versionCode=${each.versionCode} minSdk=${each.minSdk} targetSdk=${each.targetSdk}
    versionName=${each.versionName}
    flags=[ ${each.system ? 'SYSTEM ' : ''}HAS_CODE ALLOW_CLEAR_USER_DATA ]
    lastUpdateTime=${stamp(each.lastUpdateMs, zone)}
    firstInstallTime=${stamp(each.firstInstallMs, zone)}
    requested permissions:
${each.permissions.map(permission => `      ${permission}\n`).join('')}    install permissions:
${grants(false)}    User 0: ceDataInode=1234 installed=true hidden=false suspended=false stopped=false enabled=0
      gids=[3003]
      runtime permissions:
${grants(true).replace(/^/gm, '  ').replace(/ +$/, '')}
`
}

function stamp(ms: number, zone: string): string {
  const { year, month, day, hour, minute, second } = zoneTime(ms, zone)
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`
}
