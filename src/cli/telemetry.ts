import { watchActivity } from '../event/host-activity.js'
import { formatTraceparent, parseTraceparent, startSpan, type Span } from '../event/span.js'
import { reportRarely } from '../host/report-rarely.js'
import { packageVersion } from '../process/package-root.js'
import type { RunSetup } from './run-setup.js'
import { hideSecrets, warn } from './secrets.js'

interface Telemetry {
  add(span: Span): void
  /** Sends what is left; bounded. */
  close(): Promise<void>
}

/**
 * Sends spans to the collector that the standard variables of OpenTelemetry name: `OTEL_EXPORTER_OTLP_ENDPOINT` and others.
 * A collector that can't be used is reported, and changes nothing else.
 * @param service - its name, unless `OTEL_SERVICE_NAME` is set
 * @returns undefined if no collector is named
 */
async function startTelemetry(service: string, report: (problem: string) => void): Promise<Telemetry | undefined> {
  const { env } = process
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || tracesOf(env['OTEL_EXPORTER_OTLP_ENDPOINT'])
  if (!endpoint || env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    report('OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL such as http://127.0.0.1:4318; no traces are sent')
    return undefined
  }
  const headers = readPairs(env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] || env['OTEL_EXPORTER_OTLP_HEADERS'])
  hideSecrets(Object.values(headers))
  // Loaded only if it is needed.
  const { OtlpExporter } = await import('../event/otlp-exporter.js')
  const { host } = new URL(endpoint)
  const timeoutMs = Number(env['OTEL_EXPORTER_OTLP_TIMEOUT'] || 0)
  const reportProblem = reportRarely(report)
  return new OtlpExporter({
    url: endpoint,
    ...(timeoutMs > 0 && { timeoutMs, closeTimeoutMs: timeoutMs }),
    headers,
    resource: {
      ...readPairs(env['OTEL_RESOURCE_ATTRIBUTES']),
      'service.name': env['OTEL_SERVICE_NAME'] || service,
      'service.version': packageVersion(),
    },
    onProblem: problem =>
      reportProblem(
        `traces could not be sent to ${host}: ${problem}; expected a collector for OTLP over HTTP, usually port 4318`,
      ),
  })
}

/** The spans of this process's host. @returns what ends it */
export async function sendHostSpans(report: (problem: string) => void): Promise<() => Promise<void>> {
  const telemetry = await startTelemetry('baton-host', report)
  if (!telemetry) return async () => {}
  const stop = watchActivity('span-ended', span => telemetry.add(span))
  return async () => {
    stop()
    await telemetry.close()
  }
}

/**
 * Starts the span of a run, in the trace that `TRACEPARENT` names, if any. It ends with the last clean-up.
 * @returns the run's `traceparent`, for its modules; undefined if no collector is named
 */
export async function startRunSpan(setup: RunSetup): Promise<string | undefined> {
  const telemetry = await startTelemetry('baton', warn)
  if (!telemetry) return undefined
  const { run, flags } = setup
  const parent = parseTraceparent(process.env['TRACEPARENT'] ?? '')
  const span = startSpan('run', parent, { 'baton.run': run, ...(flags.detach && { 'baton.detached': true }) })
  setup.cleanups.add(async () => {
    const { verdicts, exitCode } = setup
    const attributes = { ...span.attributes, 'baton.modules': verdicts?.size ?? 0 }
    telemetry.add({ ...span, attributes, endMs: Date.now(), hasFailed: exitCode !== 0 })
    await telemetry.close()
  })
  return formatTraceparent(span)
}

function tracesOf(endpoint: string | undefined): string | undefined {
  return endpoint && `${endpoint.replace(/\/$/, '')}/v1/traces`
}

/** `key=value,key=value`, with percent-encoded values. */
function readPairs(text = ''): Record<string, string> {
  const pairs = text.split(',').flatMap(pair => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())] as const]
  })
  return Object.fromEntries(pairs)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
