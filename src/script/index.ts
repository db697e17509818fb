/** What a module imports from `baton`. Importing it outside of a run works (editors, type checks); calling it says so. */
export { activeDevice } from './active-device.js'
export type { Browser, DeviceCallback, DeviceInfo } from './module-context.js'
export { onDevice } from './on-device.js'
export { serverUrl } from './server-url.js'
export { useDevice } from './use-device.js'
