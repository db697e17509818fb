import { reportedVerdicts, type ReportedVerdict } from '../event/verdicts.js'
import { failuresToShow } from './format-failure.js'
import { formatDuration, moduleName, plainLine, plainText, shorten } from './plain-text.js'
import { failedBefore, resultOf, type ModuleRecord, type RunRecord } from './run-record.js'

/** GitHub refuses a summary of more than 1 MiB. */
const limits = { rows: 200, failures: 30, characters: 4_000 }

const icons: Record<ReportedVerdict, string> = {
  passed: '✅',
  failed: '❌',
  flaky: '⚠️',
  skipped: '⏭️',
  lost: '❌',
  interrupted: '⚠️',
  'not-run': '⚠️',
}

/**
 * The run as GitHub shows it on the page of a workflow: totals, modules, failures. In HTML, because texts of tests in Markdown
 * could mean anything.
 */
export function formatStepSummary({ modules, totals, durationMs }: RunRecord): string {
  const present = reportedVerdicts.filter(verdict => totals.modules[verdict] > 0)
  const counts = present.map(verdict => `${totals.modules[verdict]} ${verdict.replace('-', ' ')}`).join(', ')
  const { passed, failed, pending } = totals.tests
  const tests = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
  ]
  const failures = modules.flatMap(failuresOf)
  const hidden = failures.length - limits.failures
  return [
    `<h3>Baton: ${counts || 'no modules'}</h3>`,
    `<p>Tests: ${tests.join(', ')}. Time: ${formatDuration(durationMs)}.</p>`,
    ...tableOf(modules),
    ...failures.slice(0, limits.failures).map(formatDetails),
    ...(hidden > 0 ? [`<p>and ${hidden} more failures, see junit.xml</p>`] : []),
    '',
  ].join('\n')
}

function tableOf(modules: readonly ModuleRecord[]): string[] {
  if (modules.length === 0) return []
  const rank = ({ verdict }: ModuleRecord): number => (verdict === 'passed' ? 1 : 0)
  const shown = modules.toSorted((a, b) => rank(a) - rank(b)).slice(0, limits.rows)
  const hidden = modules.length - shown.length
  const rows = shown.map(module => {
    const { verdict, durationMs, devices } = module
    const cells = [
      `${icons[verdict]} ${verdict.replace('-', ' ')}`,
      escapeHtml(plainLine(moduleName(module))),
      escapeHtml(plainLine(Object.values(devices).join(', '))),
      formatDuration(durationMs),
    ]
    return `<tr>${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`
  })
  return [
    '<table>',
    '<tr><th>result</th><th>module</th><th>devices</th><th>time</th></tr>',
    ...rows,
    '</table>',
    ...(hidden > 0 ? [`<p>and ${hidden} more modules</p>`] : []),
  ]
}

interface Details {
  module: ModuleRecord
  title: string
  message: string
}

/** Also those that made a module flaky. */
function failuresOf(module: ModuleRecord): Details[] {
  const result = module.verdict === 'failed' ? resultOf(module) : undefined
  const attempts = module.verdict === 'flaky' ? failedBefore(module) : result ? [result] : []
  const tests = attempts.flatMap(attempt =>
    failuresToShow(attempt).map(({ title, error }) => {
      return { module, title, message: error ? `${error.code ?? error.name}: ${error.message}` : 'failed' }
    }),
  )
  const isUnfinished = module.verdict === 'lost' || module.verdict === 'interrupted'
  return isUnfinished ? [{ module, title: module.verdict, message: module.reasons.join('\n') }] : tests
}

function formatDetails({ module, title, message }: Details): string {
  const summary = escapeHtml(plainLine(`${moduleName(module)}: ${shorten(title, 300)}`))
  // An empty line would end the HTML: what follows would be Markdown.
  const text = escapeHtml(plainText(shorten(message, limits.characters)).trim()).replaceAll(/\n(?=\n)/g, '\n&#8203;')
  return `<details><summary>${summary}</summary>\n<pre>${text}</pre>\n</details>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
