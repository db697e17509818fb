import { WebDriverError, type HostSession } from '../../../src/device/driver/host-session.js'

/** Resets what a module may have changed in the session itself: context, timeouts, orientation. */
export async function resetSession(session: HostSession, orientation: string | undefined): Promise<void> {
  await session.command('POST', '/context', { name: 'NATIVE_APP' })
  await session.command('POST', '/timeouts', { implicit: 0 })
  if (orientation !== undefined) await resetOrientation(session, orientation)
}

export async function resetOrientation(session: HostSession, orientation: string): Promise<void> {
  if ((await session.command('GET', '/orientation')) === orientation) return
  await session.command('POST', '/orientation', { orientation }).catch((error: unknown) => {
    // An app may fix its own orientation; that is not a leftover of a module.
    if (!(error instanceof WebDriverError)) throw error
  })
}
