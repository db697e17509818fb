/** Whether a device is fit to serve, checked on the device itself rather than through a session. */
export interface HealthCapability {
  /**
   * Called between modules, at intervals, and before a device that was refused is offered again.
   * @throws BatonError BATON_DEVICE_LOST if the device is missing, or BATON_DEVICE_UNFIT if it is not fit to serve
   */
  check(): Promise<void>
  /**
   * Opens a session and watches the device meanwhile: opening may take long if much has to be installed.
   * @param open - gives up when its signal is aborted, and throws the signal's reason
   * @throws BatonError BATON_DEVICE_UNFIT if the device hangs; else what `open` throws
   */
  watchOpening<T>(open: (signal: AbortSignal) => Promise<T>): Promise<T>
}
