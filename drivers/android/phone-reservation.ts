import type { ReservationCapability } from '../../src/device/driver/session-capability.js'
import type { ReversedPorts } from './adb/reversed-ports.js'
import type { AppReset } from './apps/app-reset.js'
import type { LogcatRecorder } from './artifacts/logcat-recorder.js'
import type { PhoneMonitor } from './health/phone-monitor.js'
import type { PhoneSessions } from './session/phone-sessions.js'

export interface PhoneReservationParts {
  log: LogcatRecorder
  /** False if the phone is only inspected. */
  recordsLog: boolean
  reversedPorts: ReversedPorts
  monitor: PhoneMonitor
  appReset: AppReset
  sessions: PhoneSessions
}

/** What one phone does for the module that uses it. */
export class PhoneReservation implements ReservationCapability {
  #state: 'free' | 'reserved' = 'free'

  constructor(private readonly parts: PhoneReservationParts) {}

  async reserve(servers: readonly string[], ports?: ReadonlyMap<number, number>): Promise<void> {
    const { log, recordsLog, reversedPorts, monitor } = this.parts
    this.#state = 'reserved'
    log.clear()
    // Started again, because the phone's logcat may have been killed.
    if (recordsLog) log.start()
    await reversedPorts.reverse(servers, ports)
    monitor.setInUse(true)
  }

  release(): void {
    const { appReset, sessions, monitor } = this.parts
    if (this.#state === 'reserved') appReset.markDirty(sessions.app)
    this.#state = 'free'
    monitor.setInUse(false)
  }
}
