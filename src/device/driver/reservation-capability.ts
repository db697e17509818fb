/** What a driver does on the device for as long as a module uses it. */
export interface ReservationCapability {
  /**
   * A module is about to use the device.
   * @param servers - URLs that the module may reach, as seen from this machine
   */
  reserve(servers: readonly string[]): Promise<void>
  /** The module has ended. */
  release(): void
}
