/*
 * The timers of this process as they were before a module: while a module is explored, time in its branches is not real.
 */

export const realSetTimeout = globalThis.setTimeout
export const realClearTimeout = globalThis.clearTimeout
