import type { Phone } from '../phone.js'
import { CommandFailure } from './shell-io.js'

/**
 * Resolves where the package manager answers. A phone that is still booting, and one whose package manager is broken, say so;
 * a hung one says nothing, ever.
 */
export async function packageService({ bootCompleted, behavior }: Phone, signal: AbortSignal): Promise<void> {
  if (!bootCompleted || behavior.packageManager === 'dead')
    throw new CommandFailure("cmd: Can't find service: package", 20)
  if (behavior.packageManager === 'hung') {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    throw new CommandFailure('')
  }
}
