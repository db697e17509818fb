// The types of 'baton' for CommonJS projects, whose compilers refuse to `require` an ES module. Node itself does not.
import type * as baton from './index.js' with { 'resolution-mode': 'import' }
export type * from './index.js' with { 'resolution-mode': 'import' }

export declare const $: typeof baton.$
export declare const $$: typeof baton.$$
export declare const activeDevice: typeof baton.activeDevice
export declare const allDone: typeof baton.allDone
export declare const attach: typeof baton.attach
export declare const barrier: typeof baton.barrier
export declare const browser: typeof baton.browser
export declare const checkpoint: typeof baton.checkpoint
export declare const choose: typeof baton.choose
export declare const defineConfig: typeof baton.defineConfig
export declare const driver: typeof baton.driver
export declare const expect: typeof baton.expect
export declare const network: typeof baton.network
export declare const onDevice: typeof baton.onDevice
export declare const parallel: typeof baton.parallel
export declare const serverUrl: typeof baton.serverUrl
export declare const signal: typeof baton.signal
export declare const start: typeof baton.start
export declare const until: typeof baton.until
export declare const useDevice: typeof baton.useDevice
