type UncaughtHandler = (error: unknown) => void

let handler: UncaughtHandler | undefined

/** An error can come twice, e.g. through two promises that wait for one another. */
const known = new WeakSet<object>()

/**
 * Installs this process's only listeners for errors that nobody catches. Mocha's API would swallow unhandled rejections,
 * and without listeners Node ends the process.
 */
export function installUncaughtListeners(): void {
  process.on('unhandledRejection', reason => handleUncaught(reason))
  process.on('uncaughtException', error => handleUncaught(error))
}

/** Hands errors that nobody catches to the module that runs, until the returned function is called. */
export function onUncaughtError(next: UncaughtHandler): () => void {
  handler = next
  return () => {
    handler = undefined
  }
}

function handleUncaught(error: unknown): void {
  if (typeof error === 'object' && error !== null) {
    if (known.has(error)) return
    known.add(error)
  }
  handler?.(error)
}
