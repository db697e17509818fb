import type { Trace } from '../../event/trace.js'
import { stepsOf } from '../export/trace-steps.js'
import { artifactLabel, formatDuration, moduleName, plainTitle, roleOnDevice } from '../plain-text.js'
import { failuresOf, type ModuleRecord } from '../run-record.js'
import type { ArtifactRecord, AttemptRecord, TestRecord } from '../run-schema.js'
import type { ErrorRecord } from '../../event/run-event.js'
import { fileUrl, html, type SafeHtml } from './html.js'
import { lanes, type NumberedStep } from './lanes.js'

/** Steps of an attempt that the page has: the last ones. */
const maxSteps = 500

/** One module as a row that opens. @param traces - of its attempts, in order */
export function moduleSection(module: ModuleRecord, traces: readonly (Trace | undefined)[]): SafeHtml {
  const { id, verdict, durationMs, devices, attempts, reasons, counts } = module
  const name = moduleName(module)
  const on = [...new Set(Object.values(devices))].join(', ')
  const titles = attempts.flatMap(({ tests }) => tests.map(({ title }) => plainTitle(title)))
  const searched = [name, verdict, on, ...titles].join('\n').toLowerCase().slice(0, 20_000)
  const tests = `${counts.passed} passed${counts.failed > 0 ? `, ${counts.failed} failed` : ''}`
  return html`<li id="module-${id}" data-verdict="${verdict}" data-text="${searched}">
    <details>
      <summary>
        <span class="verdict ${verdict}">${verdict}</span><span class="name">${name}</span><span class="dim">${on}</span
        ><span class="dim">${tests}, ${formatDuration(durationMs)}</span>
      </summary>
      ${
        reasons.length > 0
          ? html`<ul>
              ${reasons.map(reason => html`<li>${reason}</li>`)}
            </ul>`
          : undefined
      }
      ${attempts.map((attempt, index) => attemptSection(attempt, `module-${id}-attempt-${index + 1}`, traces[index]))}
    </details>
  </li> `
}

function attemptSection(attempt: AttemptRecord, id: string, trace: Trace | undefined): SafeHtml {
  const { verdict = 'interrupted', host, durationMs, error, artifacts, logs } = attempt
  const number = attempt.attempt === undefined ? 'Attempt' : `Attempt ${attempt.attempt}`
  const devices = Object.entries(attempt.devices).map(([role, device]) => roleOnDevice(role, device))
  return html`<section class="attempt" id="${id}">
    <h2>
      ${number}: <span class="${verdict}">${verdict}</span>
      <span class="dim">${[devices.join(', '), host, formatDuration(durationMs)].filter(Boolean).join(' · ')}</span>
    </h2>
    ${failuresOf(attempt).map(failureSection)}
    ${
      error
        ? html`<h3>The module as a whole</h3>
            ${errorBlock(error)}`
        : undefined
    }
    ${files(artifacts)} ${trace ? traceSection(trace, id) : undefined} ${testList(attempt.tests)}
    ${
      logs.length > 0
        ? html`<details>
            <summary>Console</summary>
            <pre>${logs.map(({ text }) => `${text.trimEnd()}\n`)}</pre>
          </details>`
        : undefined
    }
  </section>`
}

function failureSection({ title, error, artifacts = [], branches = [], trail = [] }: TestRecord): SafeHtml {
  const device = error?.device ?? trail.at(-1)?.device
  return html`<h3 class="failed">${plainTitle(title)}</h3>
    ${device === undefined ? undefined : html`<p class="dim">Active device: ${device}</p>`}
    ${error ? errorBlock(error) : undefined}
    ${
      branches.length > 0
        ? html`<table>
            <tbody>
              ${branches.map(
                ({ branch, doing, place }) =>
                  html`<tr>
                    <td>${branch || 'the test'}</td>
                    <td>${doing}</td>
                    <td class="place dim">${place}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
        : undefined
    }
    ${files(artifacts)}`
}

function errorBlock({ name, code, message, hint, expected, actual, place, codeFrame, stack }: ErrorRecord): SafeHtml {
  const sides = expected === undefined ? [] : [`expected: ${expected}`, `received: ${actual ?? ''}`]
  const lines = [`${code ?? name}: ${message}`, ...(hint === undefined ? [] : [`HINT: ${hint}`]), ...sides]
  return html`<pre><span class="failed">${lines.join('\n')}</span>${place === undefined ? '' : `\nat ${place}`}${codeFrame === undefined ? '' : `\n\n${codeFrame}`}</pre>
    ${
      stack
        ? html`<details>
            <summary>Stack</summary>
            <pre>${stack}</pre>
          </details>`
        : undefined
    }`
}

/** Screenshots side by side, then the other files. */
function files(artifacts: readonly ArtifactRecord[]): SafeHtml | undefined {
  if (artifacts.length === 0) return undefined
  const screens = artifacts.filter(({ kind }) => kind === 'screenshot')
  const others = artifacts.filter(({ kind }) => kind !== 'screenshot')
  return html`${
    screens.length > 0
      ? html`<div class="screens" tabindex="0" role="group" aria-label="Screenshots">
          ${screens.map(
            ({ role, path }) =>
              html`<figure>
                <a href="${fileUrl(path)}"><img loading="lazy" src="${fileUrl(path)}" alt="The screen of ${role}" /></a>
                <figcaption>${role}</figcaption>
              </figure>`,
          )}
        </div>`
      : undefined
  }
  ${
    others.length > 0
      ? html`<p>
          ${others.map((file, index) => html`${index > 0 ? ' · ' : ''}<a href="${fileUrl(file.path)}">${artifactLabel(file)}</a>${file.summary === undefined ? '' : ` (${file.summary})`}`)}
        </p>`
      : undefined
  }`
}

function traceSection(trace: Trace, id: string): SafeHtml | undefined {
  const all = stepsOf(trace)
  const steps = all.slice(-maxSteps).map((step, index): NumberedStep => ({ ...step, id: `${id}-step-${index + 1}` }))
  const [first] = steps
  if (!first) return undefined
  const roles = [...new Set([...Object.keys(trace.header.roles), ...steps.map(({ role }) => role)])]
  const missing = trace.header.dropped + all.length - steps.length
  return html`<h3>Steps</h3>
    ${missing > 0 ? html`<p class="dim">${missing} earlier entries are left out.</p>` : undefined}
    ${lanes(steps, roles, id)}
    <div class="steps" tabindex="0" role="group" aria-label="Steps">
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <th>Role</th>
            <th>Step</th>
            <th class="place">Line</th>
          </tr>
        </thead>
        <tbody>
          ${steps.map(step => stepRow(step, first.start))}
        </tbody>
      </table>
    </div>`
}

function stepRow({ id, kind, role, text, start, end, error, place }: NumberedStep, origin: number): SafeHtml {
  const at = `+${((start - origin) / 1_000).toFixed(2)} s`
  if (kind === 'test')
    return html`<tr id="${id}">
      <td>${at}</td>
      <th colspan="3">${text}</th>
    </tr>`
  const took = end === undefined ? ' (not ended)' : end - start >= 1_000 ? ` (${formatDuration(end - start)})` : ''
  return html`<tr id="${id}">
    <td><a href="#${id}">${at}</a></td>
    <td>${role}</td>
    <td>${text}${took}${error === undefined ? undefined : html`<div class="failed">${error}</div>`}</td>
    <td class="place dim">${place}</td>
  </tr> `
}

/** Tests by state, of which passed ones are only named. */
function testList(tests: readonly TestRecord[]): SafeHtml | undefined {
  const ended = tests.filter(({ willRetry }) => !willRetry)
  if (ended.length === 0) return undefined
  const rows = ended.map(({ title, state, durationMs }) => {
    return html`<tr>
      <td class="${state}">${state === 'pending' ? 'skipped' : state}</td>
      <td>${plainTitle(title)}</td>
      <td>${formatDuration(durationMs)}</td>
    </tr>`
  })
  return html`<details>
    <summary>Tests and hooks (${ended.length})</summary>
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </details>`
}
