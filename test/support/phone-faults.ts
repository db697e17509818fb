import type { PhoneClient } from '../phone/client.js'
import type { Phones } from '../phone/start-phones.js'

/** Something that goes wrong with a phone, and how to repair it. */
export interface PhoneFault {
  name: string
  inject: (phone: PhoneClient, phones: Phones) => Promise<void>
  repair: (phone: PhoneClient, phones: Phones) => Promise<void>
  /** Possible errors of the module's attempt; absent if the module is not affected. */
  reason?: RegExp
  /** The app is at fault: the module fails, and does not run again. */
  ofApp?: true
  /** It affects all phones at once: none is left to run the module again. */
  ofAll?: true
}

const byItself = async (): Promise<void> => {}

/** All faults that take a phone away from a module, or make it unfit for the next one. */
export const phoneFaults: readonly PhoneFault[] = [
  {
    name: 'unplugged',
    inject: async phone => phone.unplug(),
    repair: async phone => phone.plug(),
    reason: /is not attached|is offline|instrumentation process|Could not proxy|session .* ended|cannot be reached/,
  },
  {
    name: 'frozen',
    inject: async phone => phone.freeze(),
    repair: async phone => phone.thaw(),
    reason: /no longer answers|does not answer|did not answer a command|is offline|cannot be reached/,
  },
  {
    name: 'rebooted',
    inject: async phone => phone.reboot(),
    repair: byItself,
    reason: /is not attached|is offline|instrumentation process|Could not proxy|session .* ended|cannot be reached/,
  },
  {
    name: 'instrumentation crashed',
    inject: async phone => phone.crashInstrumentation(),
    repair: byItself,
    reason: /instrumentation process|Could not proxy|session .* ended|no session on/,
  },
  {
    name: 'battery low',
    inject: async phone => phone.set({ batteryPercent: 3 }),
    repair: async phone => phone.set({ batteryPercent: 80 }),
  },
  {
    name: 'battery hot',
    inject: async phone => phone.set({ batteryCelsius: 51 }),
    repair: async phone => phone.set({ batteryCelsius: 25 }),
  },
  {
    name: 'storage full',
    inject: async phone => phone.set({ freeBytes: 1024 }),
    repair: async phone => phone.set({ freeBytes: 4 * 1024 ** 3 }),
  },
  {
    name: 'slow shell',
    inject: async phone => phone.set({ shellDelayMs: 1500 }),
    repair: async phone => phone.set({ shellDelayMs: 0 }),
  },
  {
    name: 'package manager dead',
    inject: async phone => phone.set({ packageManager: 'dead' }),
    repair: async phone => phone.set({ packageManager: 'alive' }),
  },
  {
    name: 'package manager hung',
    inject: async phone => phone.set({ packageManager: 'hung' }),
    repair: async phone => phone.set({ packageManager: 'alive' }),
  },
  {
    name: 'installs fail',
    inject: async phone => phone.set({ failInstall: 'INSTALL_FAILED_INVALID_APK' }),
    repair: async phone => phone.set({ failInstall: '' }),
  },
  { name: 'app crashed', inject: async phone => phone.crashApp(), repair: byItself, ofApp: true },
  { name: 'app hung', inject: async phone => phone.hangApp(), repair: byItself, ofApp: true },
]

/** So many that all faults can be met at once, and whichever module loses its phone finds another one that is free. */
export const phonesForFaults = phoneFaults.length + phoneFaults.filter(({ reason }) => reason !== undefined).length

/** Takes all phones of the server at once. */
export const ofAllPhones: PhoneFault = {
  name: 'adb server killed',
  ofAll: true,
  // By its own command: once it was killed, another that the host has started is in its place.
  inject: async (_phone, { adbServer }) => void (await adbServer?.adb('kill-server')),
  // Whoever asks next starts another: the host does.
  repair: byItself,
  reason:
    /is not attached|is offline|instrumentation process|Could not proxy|session .* ended|cannot be reached|no session on/,
}
