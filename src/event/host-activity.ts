import { channel } from 'node:diagnostics_channel'
import type { Span } from './span.js'

/** What happens on a host, for whoever watches it: metrics, and what else may come. Durations are seconds. */
export interface HostActivity {
  /** A module was fetched for a lease. `seconds`: since it and the last of its devices were ready. */
  allocated: { roles: number; seconds: number }
  /** A session was opened, or could not be. */
  'session-opened': { device: string; seconds: number; ok: boolean }
  'attempt-ended': { verdict: string; roles: number; seconds: number }
  /** The host brought something back that had failed. */
  recovered: { kind: 'appium' | 'farm' | 'module' }
  /** The gateway refused a request because its lease is over or unknown. */
  'lease-refused': { protocol: 'http' | 'bidi' | 'control' }
  /** A part of an attempt has ended: for OpenTelemetry. */
  'span-ended': Span
  /** A script of the farm was called. */
  'redis-called': { script: string; seconds: number; ok: boolean }
}

export type HostActivityName = keyof HostActivity

const channelOf = (name: HostActivityName) => channel(`baton:${name}`)

/** Whether anybody watches: if not, there is no need to measure. */
export function isWatched(name: HostActivityName): boolean {
  return channelOf(name).hasSubscribers
}

export function publishActivity<Name extends HostActivityName>(name: Name, activity: HostActivity[Name]): void {
  channelOf(name).publish(activity)
}

/** @returns what ends it */
export function watchActivity<Name extends HostActivityName>(
  name: Name,
  listener: (activity: HostActivity[Name]) => void,
): () => void {
  const onMessage = (message: unknown): void => listener(message as HostActivity[Name])
  const watched = channelOf(name)
  watched.subscribe(onMessage)
  return () => {
    watched.unsubscribe(onMessage)
  }
}
