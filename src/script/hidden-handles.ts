import { ChildProcess } from 'node:child_process'
import dgram from 'node:dgram'
import fs, { type FSWatcher, type StatWatcher } from 'node:fs'
import net from 'node:net'
import { fileURLToPath } from 'node:url'

/** What Node does not list once it does not wait for it. */
interface Handle {
  ref(): unknown
  unref(): unknown
  once?(event: string, listener: () => void): unknown
}

interface HandleKind {
  name: string
  prototype: object
}

export interface HandleListener {
  /** Node doesn't wait for the handle any more. */
  hidden: (handle: object, name: string) => void
  /** Node waits for it again, or it is closed. */
  gone: (handle: object) => void
}

type Method = (this: Handle, ...args: unknown[]) => unknown

/** Replaces a method of an object, and keeps what can be seen of it. */
export type Replace = (owner: object, key: string, value: Function) => void

/**
 * Watches which sockets, servers, child processes and watchers don't keep the process running, because they were started so
 * or because of `unref()`. They would go on to call a module's code after it has ended.
 * @param isRelevant - whether the caller of a function, which is on the stack, is a module
 */
export function watchHiddenHandles(
  { hidden, gone }: HandleListener,
  isRelevant: (callee: Function) => boolean,
  replace: Replace,
): void {
  for (const { name, prototype } of handleKinds()) {
    const { ref, unref } = prototype as { ref: Method; unref: Method }
    const watched = function (this: Handle, ...args: unknown[]): unknown {
      if (isRelevant(watched)) {
        hidden(this, name)
        for (const event of ['close', 'exit', 'stop']) this.once?.(event, () => gone(this))
      }
      return unref.apply(this, args)
    }
    replace(prototype, 'unref', watched)
    replace(prototype, 'ref', function (this: Handle, ...args: unknown[]) {
      gone(this)
      return ref.apply(this, args)
    })
  }
  watchFileWatchers({ hidden, gone }, isRelevant, replace)
}

function handleKinds(): HandleKind[] {
  const file = fileURLToPath(import.meta.url)
  const watcher = fs.watch(file, { persistent: false })
  const statWatcher = fs.watchFile(file, { persistent: false }, () => {})
  const kinds = [
    { name: 'a socket', prototype: net.Socket.prototype },
    { name: 'a server', prototype: net.Server.prototype },
    { name: 'a UDP socket', prototype: dgram.Socket.prototype },
    { name: 'a child process', prototype: ChildProcess.prototype },
    { name: 'a broadcast channel', prototype: BroadcastChannel.prototype },
    { name: 'a message port', prototype: MessagePort.prototype },
    { name: 'a file watcher', prototype: Reflect.getPrototypeOf(watcher) ?? {} },
    { name: 'a file watcher', prototype: Reflect.getPrototypeOf(statWatcher) ?? {} },
  ]
  watcher.close()
  fs.unwatchFile(file)
  return kinds.filter(({ prototype }) =>
    ['ref', 'unref'].every(key => typeof Reflect.get(prototype, key) === 'function'),
  )
}

/** With `persistent: false`, they are hidden from the start. */
function watchFileWatchers(
  { hidden, gone }: HandleListener,
  isRelevant: (callee: Function) => boolean,
  replace: Replace,
): void {
  for (const method of ['watch', 'watchFile'] as const) {
    const original = fs[method] as (...args: unknown[]) => FSWatcher | StatWatcher
    const watched = (...args: unknown[]): unknown => {
      const watcher = original(...args)
      const isHidden = args.some(arg => (arg as { persistent?: unknown } | null | undefined)?.persistent === false)
      if (isHidden && isRelevant(watched)) {
        hidden(watcher, 'a file watcher')
        for (const event of ['close', 'stop']) watcher.once(event, () => gone(watcher))
      }
      return watcher
    }
    replace(fs, method, watched)
  }
}
