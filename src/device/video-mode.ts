/** When the screen of a device is filmed, and the film kept: never, always, or where the attempt of the module failed. */
export const videoModes = ['off', 'on', 'retain-on-failure'] as const
export type VideoMode = (typeof videoModes)[number]
