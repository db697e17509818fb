import { logLevels, type HostLog, type LogFormat, type LogLevel } from '../host/log-level.js'
import { hostLinePrefix } from '../run/private-farm.js'
import { shown } from './secrets.js'

export interface HostLogOptions {
  /** `text`: lines for people. `json`: one object a line, with timestamp, level, host and message. */
  format: LogFormat
  /** The least important level that is logged. */
  level: LogLevel
  /** The host's name. */
  host: string
}

/** Opens the log of a host on standard error. Secrets are hidden. */
export async function openHostLog({ format, level, host }: HostLogOptions): Promise<HostLog> {
  if (format === 'text') return textLog(level)
  // Only then, because loading it takes time.
  const { createLogger, format: formats, transports } = await import('winston')
  const logger = createLogger({
    level,
    defaultMeta: { host },
    format: formats.combine(formats.timestamp(), formats.json()),
    transports: [new transports.Stream({ stream: process.stderr, eol: '\n' })],
  })
  return (text, level = 'info') => void logger.log({ level, message: shown(text) })
}

function textLog(least: LogLevel): HostLog {
  return (text, level = 'info') => {
    if (logLevels.indexOf(level) > logLevels.indexOf(least)) return
    for (const line of shown(text).split('\n')) process.stderr.write(`${hostLinePrefix}${line}\n`)
  }
}
