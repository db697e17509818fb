/** Which attempts keep a trace; `on-first-retry`: the second attempt of a module. */
export const traceModes = ['off', 'on', 'retain-on-failure', 'on-first-retry'] as const
export type TraceMode = (typeof traceModes)[number]
