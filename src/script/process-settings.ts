import { getDefaultResultOrder, getServers, setDefaultResultOrder, setServers } from 'node:dns'
import * as net from 'node:net'
import { getPriority, setPriority } from 'node:os'
import * as stream from 'node:stream'

/** A setting of the process or of Node that is not a property of an object. */
export interface Setting {
  name: string
  read(): unknown
  /** @param value - as `read` returned it */
  write(value: never): unknown
}

// prettier-ignore
const settings: readonly Setting[] = [
  { name: 'the umask', read: () => process.umask(), write: mask => process.umask(mask) },
  { name: 'the working directory', read: workingDirectory, write: directory => process.chdir(directory) },
  { name: 'the effective group', read: () => process.getegid?.(), write: id => process.setegid?.(id) },
  { name: 'the effective user', read: () => process.geteuid?.(), write: id => process.seteuid?.(id) },
  { name: 'the group', read: () => process.getgid?.(), write: id => process.setgid?.(id) },
  { name: 'the user', read: () => process.getuid?.(), write: id => process.setuid?.(id) },
  { name: 'the groups', read: () => process.getgroups?.(), write: ids => process.setgroups?.(ids) },
  { name: 'the priority', read: () => getPriority(), write: priority => setPriority(priority) },
  { name: 'process.title', read: () => process.title, write: title => { process.title = title } },
  { name: 'process.exitCode', read: () => process.exitCode, write: code => { process.exitCode = code } },
  { name: 'process.debugPort', read: () => process.debugPort, write: port => { process.debugPort = port } },
  { name: 'source maps', read: () => Reflect.get(process, 'sourceMapsEnabled') as boolean | undefined, write: on => process.setSourceMapsEnabled(on) },
  { name: 'the capture of uncaught exceptions', read: () => process.hasUncaughtExceptionCaptureCallback(), write: () => process.setUncaughtExceptionCaptureCallback(null) },
  { name: 'the order of DNS results', read: () => getDefaultResultOrder(), write: order => setDefaultResultOrder(order) },
  { name: 'the DNS servers', read: () => getServers(), write: servers => setServers(servers) },
  { name: 'the choice of IP version', read: () => net.getDefaultAutoSelectFamily(), write: on => net.setDefaultAutoSelectFamily(on) },
  { name: 'the timeout of an IP version', read: () => net.getDefaultAutoSelectFamilyAttemptTimeout(), write: ms => net.setDefaultAutoSelectFamilyAttemptTimeout(ms) },
  { name: 'the high water mark of streams', read: () => stream.getDefaultHighWaterMark(false), write: bytes => stream.setDefaultHighWaterMark(false, bytes) },
  { name: 'the high water mark of object streams', read: () => stream.getDefaultHighWaterMark(true), write: objects => stream.setDefaultHighWaterMark(true, objects) },
]

/** Snapshots these and other settings. @returns a function that puts them back, and returns those for which that failed */
export function snapshotSettings(others: readonly Setting[]): () => string[] {
  const before = [...settings, ...others].map(setting => ({ setting, value: setting.read() }))
  return () => before.flatMap(({ setting, value }) => (putBack(setting, value) ? [] : [setting.name]))
}

function putBack(setting: Setting, value: unknown): boolean {
  try {
    if (isSame(setting.read(), value)) return true
    setting.write(value as never)
    return isSame(setting.read(), value)
  } catch {
    // For example, a user who gave up its rights can't take them back.
    return false
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other
  return one.length === other.length && one.every((item, index) => item === other[index])
}

/** Undefined if a module removed it. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}
