import { InvalidArgumentError } from 'commander'
import { grepPattern } from '../device/grep-pattern.js'
import { parseHostPort, type HostPort } from '../device/host-port.js'
import { hostNameProblem } from '../device/label.js'
import { errorMessage } from '../error/error-text.js'
import { parseReporterRequest, type ReporterRequest } from '../report/reporter-request.js'
import { findWdioReporter } from '../report/wdio/find-wdio-reporter.js'
import { parseRequirement, type FarmRequirement } from '../run/farm-requirement.js'
import { parseShard, type Shard } from '../run/selection/shard.js'

export function shard(text: string): Shard {
  const parsed = parseShard(text)
  if (!parsed) throw new InvalidArgumentError('expected i/n with i from 1 to n, e.g. 2/5.')
  return parsed
}

/** Not `<name...>`, which would take the globs after it as well. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

export function reporter(text: string, before: ReporterRequest[] = []): ReporterRequest[] {
  const parsed = parseReporterRequest(text, name => findWdioReporter(name, process.cwd()))
  if ('problem' in parsed) throw new InvalidArgumentError(`${parsed.problem}.`)
  return [...before, parsed]
}

export function requirement(text: string, before: FarmRequirement[] = []): FarmRequirement[] {
  const parsed = parseRequirement(text)
  if (!parsed) throw new InvalidArgumentError('expected hosts, e.g. 5, or devices, e.g. platform=android:8.')
  return [...before, parsed]
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 0 to 999999999.')
  return Number(text)
}

/** @returns milliseconds, Infinity for `never` */
export function patience(text: string): number {
  if (text === 'never') return Infinity
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected never, or milliseconds from 0 to 999999999.')
  return Number(text)
}

export function hostPort(text: string): HostPort {
  const parsed = parseHostPort(text)
  if ('problem' in parsed) throw new InvalidArgumentError(`${parsed.problem}.`)
  return parsed
}

export function port(text: string): number {
  const parsed = Number(text)
  if (!/^\d{1,5}$/.test(text) || parsed < 1 || parsed > 65_535) {
    throw new InvalidArgumentError('expected a port from 1 to 65535.')
  }
  return parsed
}

/** It becomes a label of each device and part of what people read. */
export function hostName(text: string): string {
  const problem = hostNameProblem(text)
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`)
  return text
}

export function milliseconds(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) {
    throw new InvalidArgumentError('expected milliseconds from 1 to 999999999.')
  }
  return Number(text)
}

/** Parsed as mocha does, `/…/i` included, only to find an error before anything starts. */
export function pattern(text: string): string {
  try {
    grepPattern(text)
  } catch (error) {
    throw new InvalidArgumentError(`expected a regular expression: ${errorMessage(error)}.`)
  }
  return text
}

/** @returns Infinity for `all` */
export function keptRuns(text: string): number {
  if (text === 'all') return Infinity
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1) {
    throw new InvalidArgumentError('expected all, or a whole number from 1 to 999999.')
  }
  return Number(text)
}

export function repetitions(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('expected a whole number from 1 to 9999.')
  return Number(text)
}

export function positiveNumber(text: string): number {
  const parsed = Number(text)
  if (!/^\d{1,9}$/.test(text) || parsed < 1) {
    throw new InvalidArgumentError('expected a whole number from 1 to 999999999.')
  }
  return parsed
}

/** @returns milliseconds */
export function minutes(text: string): number {
  const parsed = Number(text)
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(text) || parsed <= 0) {
    throw new InvalidArgumentError('expected minutes, more than 0 and less than 100000, e.g. 10 or 0.5.')
  }
  return parsed * 60_000
}
