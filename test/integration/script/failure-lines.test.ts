import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadModules } from '../../../src/module/load-modules.js'
import { moduleFile } from '../../../src/module/module-file.js'
import { endless, failureKinds, loadFailures, supportFiles } from './failure-kinds.js'
import { outputOf, TestFarm, type Result } from './farm.js'

/** A failure as a report shows it. */
interface Shown {
  title: string
  place: string | undefined
  codeFrame: string | undefined
  stack: string
  message: string
}

describe('the line that a failure shows', () => {
  let farm: TestFarm
  let directory: string
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'baton-lines-'))
    farm = await TestFarm.start({ size: 1 })
  })
  after(async () => {
    await farm.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function run(file: string, files: Record<string, string>, moduleTimeoutMs = 45_000): Promise<Result> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(directory, name)), { recursive: true })
      await writeFile(path.join(directory, name), text)
    }
    const { modules, errors } = await loadModules({ files: [moduleFile(file, directory)], cwd: directory })
    assert.deepEqual(errors, [])
    const [loaded] = modules
    assert.ok(loaded)
    const { code, sourceMap, base } = loaded.bundle
    const roles = [farm.role('alice', { waitforTimeout: 50 }), farm.role('bob')]
    const module = { id: `lines-${file}`, file, code, sourceMap, directory, base }
    return farm.run('', { module, roles, execute: { moduleTimeoutMs } })
  }

  it("is the script's own, for every kind of failure, with the source around it", async function () {
    const files = { ...supportFiles, 'spec.ts': failureKinds }
    const shown = shownFailures(await run('spec.ts', files))
    const expected = markedLines(files)
    const found = new Map(
      [...expected.keys()].map(kind => [kind, shown.find(({ title }) => title.includes(`<${kind}>`))]),
    )
    const wrong = [...expected].flatMap(([kind, line]) => {
      const failure = found.get(kind)
      return failure?.place?.replace(/:\d+$/, '') === line ? [] : [{ kind, line, ...failure }]
    })
    assert.deepEqual(wrong, [])
    assert.ok(expected.size >= 40, `${expected.size} kinds`)
    for (const [kind, failure] of found) {
      assert.match(failure?.codeFrame ?? '', /^> +\d+ \| /m, kind)
      const shownText = `${failure?.message}\n${failure?.stack}`
      assert.doesNotMatch(shownText, /^\s+at .*(?:node_modules\/(?!acme)|\bnode:|dist\/src)/m, kind)
    }
  })

  it('is shown in messages and output, and by assert() as in the source', async function () {
    const text = `import nodeAssert, { ok as check } from 'node:assert'
type Unused = string
const all = () => new Error('inner').stack
it('a stack in a message', () => { throw new Error('outer: ' + all()) })
it('printed', () => console.log(all()))
it('an expression', () => nodeAssert('a' === ('b' as string)))
it('a property', () => nodeAssert.ok(Boolean(0)))
it('another name', () => check(false))
it('no value', () => (nodeAssert as any)())
it('a message', () => nodeAssert(0, 'own message'))
`
    const result = await run('messages.ts', { 'messages.ts': text })
    const message = (title: string): string => shownFailures(result).find(shown => shown.title === title)?.message ?? ''
    assert.match(message('a stack in a message'), /at all \(messages\.ts:3:19\)/)
    assert.match(outputOf(result), /at all \(messages\.ts:3:19\)/)
    const falsy = (call: string): string => `The expression evaluated to a falsy value:\n\n  ${call}\n`
    assert.equal(message('an expression'), falsy("nodeAssert('a' === ('b' as string))"))
    assert.equal(message('a property'), falsy('nodeAssert.ok(Boolean(0))'))
    assert.equal(message('another name'), falsy('check(false)'))
    assert.equal(message('no value'), 'No value argument passed to `assert.ok()`')
    assert.equal(message('a message'), 'own message')
  })

  it('is the one that a module waited for at its deadline, else that of the test', async function () {
    for (const [name, text] of Object.entries(endless)) {
      // Long enough for a busy machine to come to the wait.
      const { report } = await run(name, { ...supportFiles, [name]: text }, 4_000)
      const [line] = markedLines({ [name]: text }).values()
      const { code, message = '', place, codeFrame } = report.error ?? {}
      assert.equal(place?.replace(/:\d+$/, ''), line, name)
      assert.match(codeFrame ?? '', /^> /m, name)
      if (code === 'BATON_MODULE_TIMEOUT' && name !== 'spins.ts')
        assert.match(message, new RegExp(`; it was waiting for \\w+ \\(${line}:`))
    }
  })

  it('is shown for errors while a module loads', async function () {
    for (const [name, text] of Object.entries(loadFailures)) {
      const { report } = await run(name, { ...supportFiles, [name]: text })
      const [line] = markedLines({ [name]: text }).values()
      assert.equal(report.error?.place?.replace(/:\d+$/, ''), line, name)
      assert.match(report.error?.codeFrame ?? '', /^> /m, name)
    }
  })
})

function shownFailures({ events }: Result): Shown[] {
  return events.flatMap(event => {
    if (event.type !== 'test:end' || !event.error) return []
    const { place, codeFrame, stack = '', message } = event.error
    return [{ title: event.title.join(' › '), place, codeFrame, stack, message }]
  })
}

/** Kind → `file:line` of its mark. */
function markedLines(files: Record<string, string>): Map<string, string> {
  const lines = Object.entries(files).flatMap(([file, text]) =>
    text
      .split('\n')
      .map((line, index) => ({ kind: /\/\*! (.+?) \*\//.exec(line)?.[1], place: `${file}:${index + 1}` })),
  )
  return new Map(lines.flatMap(({ kind, place }) => (kind === undefined ? [] : [[kind, place] as const])))
}
