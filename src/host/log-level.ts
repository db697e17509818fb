/** How a host logs: lines for people, or one JSON object a line. */
export const logFormats = ['text', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

/** The most important first. */
export const logLevels = ['error', 'warn', 'info'] as const
export type LogLevel = (typeof logLevels)[number]

/** Logs what happens on a host; `info` by default. */
export type HostLog = (text: string, level?: LogLevel) => void
