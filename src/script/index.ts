/// <reference types="expect-webdriverio" preserve="true" />
/// <reference types="mocha" preserve="true" />
/**
 * The public API: what a module imports from `baton`, with the types of mocha's globals and WebdriverIO's matchers. Importing
 * it works anywhere, for editors and type checks; calling its functions outside a run throws BATON_NO_TEST.
 */
export { $, $$, browser, driver, expect } from '@wdio/globals'
export { activeDevice } from './active-device.js'
export type { Browser, DeviceCallback, DeviceInfo } from './module-context.js'
export { attach } from './attach.js'
export { defineConfig, type BatonConfig } from '../device/baton-config.js'
export { barrier, type BarrierOptions } from './branch/barrier.js'
export type { HeldMessages, PendingHold, ReleaseCondition } from './network/held-messages.js'
export type { MessagePattern } from './network/message-pattern.js'
export { network, type PatternOptions, type RoleNetwork, type WaitForMessageOptions } from './network/network.js'
export type { MessageKind, MessageMatch, MessageState, NetworkMessage } from './network/network-message.js'
export { onDevice } from './on-device.js'
export { parallel, type BranchValues, type RoleAndFunction } from './branch/parallel.js'
export type { BranchFunction } from './branch/run-branches.js'
export { serverUrl } from './server-url.js'
export { checkpoint, choose } from './explore/decisions.js'
export { signal, until, type UntilOptions } from './branch/signal.js'
export { allDone, start, type BranchHandle } from './branch/start.js'
export { useDevice } from './use-device.js'
