import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { packageFile } from '../../src/process/package-root.js'
import type { RunEvent } from '../../src/event/run-event.js'
import type { ObservedTest } from './observed-test.js'

export interface BatonOutcome {
  tests: ObservedTest[]
  /** File → whether the module as a whole failed. */
  failed: Map<string, boolean>
  exitCode: number | null
  /** What it printed for people. */
  stderr: string
}

/** Runs `baton run` in a folder and collects what happened to each test. */
export async function runBaton(args: readonly string[], cwd: string): Promise<BatonOutcome> {
  const command = [packageFile('dist', 'src', 'cli', 'main.js'), 'run', '--json', ...args]
  const child = spawn(process.execPath, command, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: withoutCi() })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const outcome = new Map<string, string>()
  const tests: ObservedTest[] = []
  /** Module → title of the test that runs there. Modules run at the same time. */
  const running = new Map<string, string>()
  const failed = new Map<string, boolean>()
  createInterface({ input: child.stdout }).on('line', line => {
    if (!line.startsWith('{')) return
    const event = JSON.parse(line) as RunEvent
    if (event.type === 'run:start') for (const { id, file } of event.modules) outcome.set(id, file)
    const file = 'module' in event ? (outcome.get(event.module) ?? event.module) : ''
    if (event.type === 'test:start') running.set(event.module, event.title.join('\n'))
    if (event.type === 'test:end') {
      const isNew = running.get(event.module) === event.title.join('\n')
      for (const test of observed(event, file)) addTest(tests, test, isNew)
      if (isNew) running.delete(event.module)
    }
    if (event.type === 'attempt:end' && event.error)
      tests.push({ file, title: '(module)', state: 'failed', message: event.error.message })
    if (event.type === 'module:end') failed.set(file, !['passed', 'skipped', 'flaky'].includes(event.verdict))
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { tests, failed, exitCode, stderr }
}

/** A test that fails after it has ended is reported twice; the failure counts. @param isNew - whether it was running */
function addTest(tests: ObservedTest[], test: ObservedTest, isNew: boolean): void {
  const earlier = isNew ? undefined : tests.findLast(({ file, title }) => file === test.file && title === test.title)
  if (earlier && earlier.state !== 'failed' && test.state === 'failed') Object.assign(earlier, test)
  else tests.push(test)
}

/** Without hooks that passed and tries that are repeated. */
function observed(event: Extract<RunEvent, { type: 'test:end' }>, file: string): ObservedTest[] {
  if (event.willRetry || (event.kind === 'hook' && event.state !== 'failed')) return []
  const title = event.title.filter(part => part !== '').join(' ')
  return [{ file, title, state: event.state, ...(event.error && { message: event.error.message }) }]
}

/** In CI, both runners would refuse `.only` or print differently. */
export function withoutCi(): NodeJS.ProcessEnv {
  const { CI: _ci, GITHUB_ACTIONS: _actions, ...environment } = process.env
  return environment
}
