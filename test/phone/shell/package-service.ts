import type { Phone } from '../phone.js'
import { CommandFailure } from './shell-io.js'

/**
 * Resolves if the package manager answers. Rejects if the phone is still booting or its package manager is dead; never settles
 * if it hangs.
 */
export async function packageService({ bootCompleted, behavior }: Phone, signal: AbortSignal): Promise<void> {
  if (!bootCompleted || behavior.packageManager === 'dead')
    throw new CommandFailure("cmd: Can't find service: package", 20)
  if (behavior.packageManager === 'hung') {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    throw new CommandFailure('')
  }
}
