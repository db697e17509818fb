import { BatonError } from '../error/baton-error.js'
import { createScope } from './device-scope.js'
import { scopeStorage, currentModule, deviceInfo, type DeviceCallback, type ModuleContext } from './module-context.js'

/**
 * Registers a function that prepares each device, after its session was opened and before the first test. Call it at the
 * top level of a module or of a setup file. The roles are prepared at the same time; for one role, the functions run one
 * after another. Inside, `$` and `browser` mean that role's device.
 *
 * @param prepare - receives the role's browser, and its device's name, role, labels, platform and udid; if it throws, the
 *   module fails and none of its tests run
 * @throws BatonError BATON_NO_TEST outside a module, BATON_TOO_LATE in a test or hook
 */
export function onDevice(prepare: DeviceCallback): void {
  const context = currentModule()
  if (!context) {
    throw new BatonError('BATON_NO_TEST', 'onDevice() was called outside a module that Baton runs', {
      hint: "run the file with 'baton run'",
    })
  }
  if (context.phase !== 'loading') {
    throw new BatonError(
      'BATON_TOO_LATE',
      'onDevice() was called in a test or hook, after the sessions were attached',
      {
        hint: 'call it at the top level of the module or of a setup file',
      },
    )
  }
  context.deviceCallbacks.push(prepare)
}

/** Runs the functions that `onDevice` registered. */
export async function runDeviceCallbacks(context: ModuleContext): Promise<void> {
  const callbacks = [...context.deviceCallbacks]
  await Promise.all(
    [...context.roles.values()].map(async ({ session, browser }) => {
      const scope = createScope({ title: [`onDevice for ${session.role}`], module: context }, session.role)
      try {
        for (const prepare of callbacks)
          await scopeStorage.run(scope, async () => await prepare(browser, deviceInfo(session)))
      } finally {
        scope.closed = true
      }
    }),
  )
}
