import { createHash } from 'node:crypto'
import path from 'node:path'
import { reportedVerdicts, type ReportedVerdict } from '../../event/verdicts.js'
import type { FinishedRun } from '../export/finished-run.js'
import { formatDuration } from '../plain-text.js'
import type { ModuleRecord, RunRecord } from '../run-record.js'
import type { ArtifactRecord } from '../run-schema.js'
import { farmTimeline } from './farm-timeline.js'
import { html, SafeHtml } from './html.js'
import { moduleSection } from './module-section.js'
import { pageScript } from './page-script.js'
import { pageStyle } from './page-style.js'

/** What needs attention comes first. */
const order: readonly ReportedVerdict[] = ['failed', 'lost', 'interrupted', 'flaky', 'not-run', 'passed', 'skipped']

/**
 * The run as one page that needs nothing but the artifacts, which it shows. Works from `file://`. Nothing of the run is a
 * script: its policy allows only the page's own one.
 * @param folder - where the page will be: its links to artifacts are relative
 */
export async function formatHtml(run: FinishedRun, folder: string = run.directory): Promise<string> {
  const { record, directory } = run
  const toReport = path.relative(folder, directory).replaceAll(path.sep, '/')
  const modules = record.modules.toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict))
  const sections: SafeHtml[] = []
  // One after another: each trace is only needed for its own section.
  for (const module of modules) {
    sections.push(moduleSection(seenFrom(toReport, module), await tracesOf(run, module)))
  }
  const timeline = farmTimeline(record)
  const hash = createHash('sha256').update(pageScript).digest('base64')
  const policy = `default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new SafeHtml(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${outcome(record)}: ${record.run}</title>
        <style>
          ${new SafeHtml(pageStyle)}
        </style>
      </head>
      <body>
        <header>
          <h1>${outcome(record)}</h1>
          <p class="dim">${facts(record)}</p>
          ${timeline && html`<p><a href="#farm-title">Devices over time</a></p>`}
        </header>
        <main>
          <form role="search">
            <input
              id="text"
              type="search"
              placeholder="Filter by file, test or device ( / )"
              aria-label="Filter by file, test or device"
            />
            <select id="verdict" aria-label="Filter by verdict">
              <option value="">all verdicts</option>
              ${reportedVerdicts.map(verdict => html`<option>${verdict}</option>`)}
            </select>
            <output id="found" class="dim"></output>
          </form>
          <ul class="modules">
            ${sections}
          </ul>
          ${timeline}
        </main>
        ${new SafeHtml(`<script>${pageScript}</script>`)}
      </body>
    </html> `.text
}

async function tracesOf(run: FinishedRun, { attempts }: ModuleRecord) {
  return Promise.all(attempts.map(async attempt => run.traceOf(attempt)))
}

/** The module with its files as a page elsewhere links to them. @param toReport - from the page's folder; empty: the same */
function seenFrom(toReport: string, module: ModuleRecord): ModuleRecord {
  if (toReport === '') return module
  const linked = (files: readonly ArtifactRecord[]): ArtifactRecord[] =>
    files.map(file => ({ ...file, path: `${toReport}/${file.path}` }))
  const attempts = module.attempts.map(attempt => ({
    ...attempt,
    artifacts: linked(attempt.artifacts),
    tests: attempt.tests.map(test => ({ ...test, ...(test.artifacts && { artifacts: linked(test.artifacts) }) })),
  }))
  return { ...module, attempts }
}

/** `2 failed, 1 flaky, 20 passed`. */
function outcome({ totals }: RunRecord): string {
  const parts = order.flatMap(verdict => {
    const count = totals.modules[verdict]
    return count > 0 ? [`${count} ${verdict === 'not-run' ? 'not run' : verdict}`] : []
  })
  return parts.length > 0 ? parts.join(', ') : 'No modules'
}

function facts({ run, startedAt, durationMs, totals, interrupted }: RunRecord): string {
  const { passed, failed, pending } = totals.tests
  const started = new Date(startedAt).toISOString().replace('T', ' ').slice(0, 19)
  const stopped = interrupted === undefined ? [] : [`stopped by ${interrupted}`]
  const tests = `tests: ${passed} passed, ${failed} failed, ${pending} skipped`
  return [`Run ${run}`, `${started} UTC`, formatDuration(durationMs), tests, ...stopped].join(' · ')
}
