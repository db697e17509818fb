type UncaughtHandler = (error: unknown) => void

let handler: UncaughtHandler | undefined

/** What the running test has reported: an error can be reported twice, for example by two promises that wait for each other. */
let known = new WeakSet<object>()

/**
 * Installs this process's only listeners for uncaught errors. Mocha's API would ignore unhandled rejections, and without
 * listeners Node would end the process.
 */
export function installUncaughtListeners(): void {
  process.on('unhandledRejection', reason => handleUncaught(reason))
  process.on('uncaughtException', error => handleUncaught(error))
}

/** Passes uncaught errors to `next`. @returns a function that stops it */
export function onUncaughtError(next: UncaughtHandler): () => void {
  handler = next
  forgetUncaughtErrors()
  return () => {
    handler = undefined
  }
}

/** Call it as a test or hook begins: another one may throw the same object, such as `process`, and fails, too. */
export function forgetUncaughtErrors(): void {
  known = new WeakSet()
}

function handleUncaught(error: unknown): void {
  if (typeof error === 'object' && error !== null) {
    if (known.has(error)) return
    known.add(error)
  }
  handler?.(error)
}
