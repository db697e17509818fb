import { controlPorts } from '../../src/process/free-port.js'

const rulesArgument = /^(?:--)?host-resolver-rules=(.*)$/s

/**
 * Keeps pages from ports that control devices or the host. ChromeDriver, for example, starts any program for a page that is
 * served on loopback.
 * @param args - of the browser; its own rules for names still apply, after these
 * @param ports - to close in addition to those that control devices
 */
export function closePorts(args: readonly string[], ports: readonly number[]): string[] {
  // A pattern with a port matches every name and address, however it is written.
  const closed = [...thousands(), ...new Set(ports.map(port => `*:${port}`))].map(pattern => `MAP ${pattern} ~NOTFOUND`)
  const declared = args.flatMap(arg => rulesArgument.exec(arg)?.[1] ?? [])
  const others = args.filter(arg => !rulesArgument.test(arg))
  // Of several such arguments only the last would count, and of the rules the first that matches.
  return [...others, `--host-resolver-rules=${[...closed, ...declared.slice(-1)].join(',')}`]
}

/** Patterns for the range of control ports. `?` stands for one character or none. */
function thousands(): string[] {
  const first = controlPorts.from / 1_000
  return Array.from({ length: controlPorts.to / 1_000 - first }, (_, index) => `*:${first + index}???`)
}
