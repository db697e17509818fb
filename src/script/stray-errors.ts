type Take = (error: unknown) => void

let take: Take | undefined

/** An error can come twice, e.g. through two promises that wait for one another. */
const known = new WeakSet<object>()

/**
 * Installs this process's only listeners for errors that nobody catches. Mocha's API would swallow unhandled rejections,
 * and without listeners Node ends the process.
 */
export function installStrayListeners(): void {
  process.on('unhandledRejection', reason => handStray(reason))
  process.on('uncaughtException', error => handStray(error))
}

/** Hands errors that nobody catches to the module that runs, until the returned function is called. */
export function catchStrays(next: Take): () => void {
  take = next
  return () => {
    take = undefined
  }
}

function handStray(error: unknown): void {
  if (typeof error === 'object' && error !== null) {
    if (known.has(error)) return
    known.add(error)
  }
  take?.(error)
}
