import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, appendFile, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatonErrors } from '../../../src/error/baton-error.js'
import { exitCodeFor } from '../../../src/error/format-error.js'
import type { RunEvent } from '../../../src/event/run-event.js'
import { openEventLog, readEvents } from '../../../src/report/event-log.js'
import { createJsonReporter } from '../../../src/report/json-reporter.js'
import { rebuildReport } from '../../../src/report/rebuild-report.js'
import { createReportDirectory } from '../../../src/report/report-directory.js'
import type { Reporter } from '../../../src/report/reporter.js'
import { RunReport } from '../../../src/report/run-report.js'
import { everyVerdict } from '../../unit/report/events.js'

const silent: Reporter = { event: () => {}, end: () => {} }

async function all(file: string, invalid: string[] = []): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of readEvents(file, (line, problem) => invalid.push(`${line}: ${problem}`))) events.push(event)
  return events
}

describe('the files of a report', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-report-'))
    file = join(folder, 'events.ndjson')
  })
  afterEach(() => rm(folder, { recursive: true }))

  describe('on a full disk', () => {
    const { events } = everyVerdict()

    before(function () {
      // Only Linux has it.
      if (process.platform !== 'linux') this.skip()
    })

    it('the summary is shown, the other files are written, and each failure is one clear error', async () => {
      await mkdir(join(folder, 'run'))
      await symlink('/dev/full', join(folder, 'run', 'events.ndjson'))
      let summaries = 0
      const reporter: Reporter = { event: () => {}, end: () => (summaries += 1) }
      const report = await RunReport.open({ outputDirectory: folder, run: 'run', junit: '/dev/full' }, reporter)
      for (const event of events) report.add(event)
      await assert.rejects(report.end(0), (error: unknown) => {
        assert.ok(error instanceof BatonErrors)
        assert.deepEqual(
          error.errors.map(({ code }) => code),
          ['BATON_WRITE_FAILED', 'BATON_WRITE_FAILED'],
        )
        assert.match(error.message, /events\.ndjson: the events of the run cannot be written: the disk is full/)
        assert.match(error.message, /\/dev\/full: the report of the run cannot be written: the disk is full/)
        assert.equal(exitCodeFor(error), 3)
        return true
      })
      report.close()
      assert.equal(summaries, 1)
      await access(join(folder, 'run', 'run.json'))
      await access(join(folder, 'run', 'junit.xml'))
      assert.ok((await stat('/dev/full')).isCharacterDevice())
    })
  })

  it('are for their user alone', async () => {
    const report = await RunReport.open({ outputDirectory: join(folder, 'out'), run: 'run' }, silent)
    for (const event of everyVerdict().events) report.add(event)
    await report.end(0)
    report.close()
    const modeOf = async (...names: string[]): Promise<number> =>
      (await stat(join(folder, 'out', ...names))).mode & 0o777
    assert.equal(await modeOf('run'), 0o700)
    for (const name of ['events.ndjson', 'run.json', 'junit.xml']) assert.equal(await modeOf('run', name), 0o600, name)
  })

  describe('events.ndjson', () => {
    const { events } = everyVerdict()

    it('returns what was appended', async () => {
      const log = openEventLog(file)
      log.append(events.slice(0, 5))
      log.append(events.slice(5))
      log.close()
      assert.deepEqual(await all(file), events)
    })

    it('may be older, with the summary of an artifact as `finding`', async () => {
      const artifact = { type: 'artifact', module: 'm', lease: '1', attempt: 1, role: 'alice', device: 'alice', at: 1 }
      const log = { ...artifact, kind: 'device-log', name: 'device.log', bytes: 7 }
      await writeFile(file, `${JSON.stringify({ ...log, finding: 'chat crashed' })}\n`)
      assert.deepEqual(await all(file), [{ ...log, summary: 'chat crashed', finding: 'chat crashed' }])
    })

    it('survives a kill at any moment, except for the line that was being written', async () => {
      const script = `
        const { openEventLog } = await import(process.argv[1])
        const log = openEventLog(process.argv[2])
        for (let at = 0; ; at++) { log.append([{ type: 'log', module: 'm', lease: 'l', stream: 'stdout', text: 'x'.repeat(500), at }]); if (at === 200) process.stdout.write('far enough') }`
      const module = new URL('../../../src/report/event-log.js', import.meta.url).href
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, module, file])
      await once(child.stdout, 'data')
      child.kill('SIGKILL')
      await once(child, 'exit')
      const read = await all(file)
      assert(read.length > 200, `${read.length}`)
      assert(read.every((event, index) => event.at === index))
    })

    it('is read without the line that a kill cut short', async () => {
      await writeFile(file, `${JSON.stringify(events[0])}\n{"type":"log","te`)
      assert.deepEqual(await all(file), events.slice(0, 1))
    })

    it('is read without lines that are not events, whatever they are', async () => {
      const [first, second] = events.map(event => JSON.stringify(event))
      const lines = [
        '{"type":"log","te',
        'null',
        '[]',
        '7',
        '{}',
        '{"type":"module:end","module":"m","verdict":"great"}',
      ]
      await writeFile(file, [first, ...lines, '', '\u0000', second, '{"type":'].join('\n'))
      const invalid: string[] = []
      assert.deepEqual(await all(file, invalid), events.slice(0, 2))
      assert.deepEqual(
        invalid.map(problem => Number.parseInt(problem, 10)),
        [2, 3, 4, 5, 6, 7, 9, 11],
      )
      assert.match(invalid[5] ?? '', /'verdict' of "module:end": expected one of passed, .*, found "great"/)
    })

    it('is refused if no line is an event', async () => {
      await writeFile(file, 'hello\nworld\n')
      await assert.rejects(all(file), {
        code: 'BATON_REPORT_UNREADABLE',
        message: 'expected an event as JSON, found "hello".',
        place: { file, line: 1 },
      })
    })

    it('is refused if it does not exist or is of a later version', async () => {
      await assert.rejects(all(file), { code: 'BATON_REPORT_UNREADABLE', message: /cannot be read: ENOENT/ })
      await appendFile(file, '{"type":"run:start","version":99,"run":"r","modules":[],"options":{},"at":1}\n')
      await assert.rejects(all(file), { code: 'BATON_REPORT_UNREADABLE', message: /version 1, found 99/ })
    })
  })

  describe('the folder', () => {
    it('exists, and the link leads to the latest', async () => {
      assert.equal(await createReportDirectory(folder, 'one'), join(folder, 'one'))
      await createReportDirectory(folder, 'two')
      await access(join(folder, 'one'))
      assert.equal(await readlink(join(folder, 'latest')), 'two')
    })

    it('exists for each of several runs that start at the same time', async () => {
      const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`)
      await Promise.all(runs.map(run => createReportDirectory(folder, run)))
      assert(runs.includes(await readlink(join(folder, 'latest'))))
    })

    it('is created even if another file is called latest', async () => {
      await mkdir(join(folder, 'latest', 'mine'), { recursive: true })
      await access(await createReportDirectory(folder, 'one'))
      await access(join(folder, 'latest', 'mine'))
    })
  })

  it('are written during the run, and derived at the end', async () => {
    const junit = join(folder, 'elsewhere', 'junit.xml')
    const report = await RunReport.open({ outputDirectory: folder, run: 'r1', junit }, silent)
    const { events } = everyVerdict()
    for (const event of events) {
      report.add(event)
      assert.equal(
        (await readFile(join(report.directory, 'events.ndjson'), 'utf8')).split('\n').at(-2),
        JSON.stringify(event),
      )
    }
    const record = await report.end(1)
    report.close()
    assert.deepEqual(report.moduleSummaries()[0], {
      file: 'test/pass.ts',
      device: 'alice',
      verdict: 'passed',
      durationMs: 1_234,
    })
    assert.equal(record.exitCode, 1)
    assert.deepEqual(JSON.parse(await readFile(join(report.directory, 'run.json'), 'utf8')), record)
    assert.equal(await readFile(junit, 'utf8'), await readFile(join(report.directory, 'junit.xml'), 'utf8'))
  })

  it('are derived again after a kill', async () => {
    const { events } = everyVerdict()
    const log = openEventLog(file)
    log.append(events)
    log.close()
    let text = ''
    const record = await rebuildReport(folder, createJsonReporter({ write: lines => void (text += lines) }), () => {})
    assert.equal(text, await readFile(file, 'utf8'))
    assert.equal(record.totals.modules.interrupted, 1)
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')), record)
    await access(join(folder, 'junit.xml'))
  })
})
