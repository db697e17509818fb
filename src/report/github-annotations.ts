import { isAbsolute, relative, resolve } from 'node:path'
import type { ErrorRecord } from '../event/run-event.js'
import { failuresToShow, type Failure } from './format-failure.js'
import { formatStack } from './format-stack.js'
import { moduleName, plainLine, plainText } from './plain-text.js'
import type { Reporter } from './reporter.js'
import { failedBefore, resultOf, type ModuleRecord, type RunRecord } from './run-record.js'

export interface AnnotationOptions {
  /** Where the run was started: names of modules are relative to it. */
  cwd: string
  /** Root of the checkout: GitHub's paths are relative to it. */
  workspace: string
}

/** Annotates the source with failures, for GitHub Actions; all at the end, below what people read. */
export function createGithubReporter(options: AnnotationOptions & { write: (text: string) => void }): Reporter {
  return {
    event: () => {},
    end: record => {
      for (const line of formatAnnotations(record, options)) options.write(`${line}\n`)
    },
  }
}

/**
 * An error for each failed test and each lost or interrupted module, a warning for each flaky one.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatAnnotations({ modules }: RunRecord, options: AnnotationOptions): string[] {
  return modules.flatMap(module => {
    const { verdict, file, reasons } = module
    const annotate = (level: Level, failure: Failure): string => format(level, failure, module, options)
    if (verdict === 'lost' || verdict === 'interrupted') {
      const message = reasons.join('; ') || verdict
      return [
        command('error', message, {
          file: fromRoot(file, options),
          title: `${plainLine(moduleName(module))}: ${verdict}`,
        }),
      ]
    }
    if (verdict === 'flaky') {
      return failedBefore(module).flatMap(attempt => failuresToShow(attempt).map(fail => annotate('warning', fail)))
    }
    const result = verdict === 'failed' ? resultOf(module) : undefined
    return result ? failuresToShow(result).map(failure => annotate('error', failure)) : []
  })
}

type Level = 'error' | 'warning'

function format(level: Level, failure: Failure, module: ModuleRecord, options: AnnotationOptions): string {
  const { title, error, trail } = failure
  const device = error?.device ?? trail.at(-1)?.device
  const lines = [
    error ? `${error.code ?? error.name}: ${error.message.trimEnd()}` : 'failed',
    ...(error?.hint === undefined ? [] : [`HINT: ${error.hint}`]),
    ...(device === undefined ? [] : [`active device: ${device}`]),
  ]
  const place = placeOf(error, options) ?? { file: fromRoot(module.file, options) }
  const flaky = level === 'warning' ? ' (flaky)' : ''
  return command(level, lines.join('\n'), { ...place, title: `${plainLine(moduleName(module))}: ${title}${flaky}` })
}

/** The line that failed, else the first frame of the user's own code; undefined if it is outside of the checkout. */
function placeOf(error: ErrorRecord | undefined, options: AnnotationOptions): Record<string, string> | undefined {
  const frames = formatStack(error?.stack ?? '', options.cwd)
  for (const frame of [`at ${error?.place ?? ''}`, ...frames]) {
    const [, path = '', line = '', col = ''] = /(?:\(|^at )([^()]+):(\d+):(\d+)\)?$/.exec(frame) ?? []
    if (path === '' || /^node:|node_modules[\\/]/.test(path)) continue
    const file = fromRoot(path, options)
    if (!file.startsWith('../') && !isAbsolute(file)) return { file, line, col }
  }
  return undefined
}

/** Files of the run are relative to where it was started, which may be a folder of the checkout. */
function fromRoot(file: string, { cwd, workspace }: AnnotationOptions): string {
  return relative(workspace, resolve(cwd, file)).replaceAll('\\', '/')
}

function command(level: Level, message: string, properties: Record<string, string>): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(plainText(value))}`)
  return `::${level} ${list.join(',')}::${escapeData(plainText(message))}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
