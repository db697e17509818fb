import type { PhoneControls } from './control-calls.js'
import type { Phone } from './phone.js'

/** Controls for a phone of this process. */
export function phoneControls(phone: Phone): PhoneControls {
  return {
    status: async () => phone.status(),
    set: async behavior => phone.set(behavior),
    unplug: () => phone.unplug(),
    plug: () => phone.plug(),
    freeze: async () => phone.freeze(),
    thaw: async () => phone.thaw(),
    stall: async () => phone.stall(),
    reboot: async () => phone.reboot(),
    connected: () => phone.connected(),
    crashInstrumentation: async () => phone.automator.crash(),
    crashApp: async () => phone.apps.crash(),
    hangApp: async () => phone.apps.stopResponding(),
    sleep: async () => phone.display.sleep(),
    log: async entry => phone.logcat.write({ pid: phone.processes.pidOf('system_server'), ...entry }),
  }
}
