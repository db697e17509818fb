/**
 * Waits for `work`, but no longer than the timeout. Nothing stops the work itself.
 * @param timeoutMs - milliseconds
 * @param onTimeout - its result, or what it throws, becomes the result if the work is not done in time
 */
export async function withTimeout<T, L>(work: Promise<T>, timeoutMs: number, onTimeout: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>(resolve => (timer = setTimeout(resolve, timeoutMs))).then(onTimeout)
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Waits for `work` until the signal aborts. Nothing stops the work itself.
 * @throws the signal's reason if it aborts first
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
