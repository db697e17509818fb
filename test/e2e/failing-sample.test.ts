import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packageFile } from '../../src/process/package-root.js'
import { TerminalScreen } from '../support/terminal-screen.js'

const root = packageFile()
const sample = 'test/failing/lost-message.ts'
const title = `${sample}: a conversation › goes on when one of the two changes rooms`

/** What a newcomer needs to find the reason, whatever the output goes to: all of it, in this order. */
const told = [
  title,
  'active device: bob',
  'Expected: "Where are you?"',
  'Received: "Hello"',
  `at Context.<anonymous> (${sample}:23:37)`,
  `baton: alice  ${sample}:9:3`,
  'alice  test/steps/meet-in-room.ts:10:9',
  `bob    ${sample}:22:11`,
  'screenshots:',
  'alice-screenshot.png',
  'bob-screenshot.png',
  'Modules  1 failed (1)',
  'Tests    0 passed, 1 failed',
]

/** What the failure of each of these says. */
const causes = {
  deadlock: [
    'every branch waits for another',
    "alice  waits for signal 'bob has spoken' (test/failing/deadlock.ts:11:15)",
    "bob    waits for signal 'alice has spoken' (test/failing/deadlock.ts:17:15)",
  ],
  'missed-barrier': ["the branch 'bob' (started at test/failing/missed-barrier.ts:9:11) ended without reaching it"],
  'stale-element': ['active device: alice', 'stale element reference', '> 21 |', 'test/failing/stale-element.ts:19:11'],
  timeout: ['Timeout of 3000ms exceeded', 'It was waiting for ', ' (test/failing/timeout.ts:12:11).'],
  'wrong-phone': ['active device: bob', 'Expected: "Alice"', 'bob    test/failing/wrong-phone.ts:14:11'],
}

interface Surroundings {
  /** Default: the sample. */
  modules?: string[]
  /** Columns and rows of a terminal; absent: a pipe. */
  terminal?: [columns: number, rows: number]
  env?: Record<string, string>
}

interface Seen {
  exitCode: number | null
  /** Byte for byte. */
  output: string
}

describe('failing samples, as a newcomer sees them', function () {
  let reports: string
  before(() => {
    reports = mkdtempSync(path.join(tmpdir(), 'baton-failing-'))
  })
  after(() => rmSync(reports, { recursive: true, force: true }))

  async function run({ modules = [sample], terminal, env }: Surroundings): Promise<Seen> {
    const baton = [
      process.execPath,
      packageFile('dist', 'src', 'cli', 'main.js'),
      'run',
      ...modules,
      '--output',
      reports,
    ]
    const [program = '', ...args] = terminal ? inTerminal(baton, terminal) : baton
    const plain = { CI: undefined, GITHUB_ACTIONS: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined }
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...plain, TERM: 'xterm-256color', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [exitCode] = (await once(child, 'close')) as [number | null]
    return { exitCode, output }
  }

  async function onScreen({ output }: Seen, [columns, rows]: [number, number]): Promise<TerminalScreen> {
    const screen = new TerminalScreen(columns, rows)
    screen.write(output)
    await screen.text()
    return screen
  }

  it('of each kind, with its cause', async () => {
    const { exitCode, output } = await run({ modules: Object.keys(causes).map(name => `test/failing/${name}.ts`) })
    assert.equal(exitCode, 1, output)
    for (const [name, cause] of Object.entries(causes)) {
      const failure =
        new RegExp(`\\n  \\d+\\) test/failing/${name}\\.ts: [^]*?\\n     screenshots:`).exec(output)?.[0] ?? ''
      for (const part of cause) assert.ok(failure.includes(part), `'${part}' is missing in:\n${failure || output}`)
    }
  })

  it('in a wide terminal, in colours', async () => {
    const size: [number, number] = [160, 40]
    const seen = await run({ terminal: size })
    assert.equal(seen.exitCode, 1, seen.output)
    const screen = await onScreen(seen, size)
    assertTold(await screen.text())
    const red = 1
    assert.equal(await screen.colourOf(`failed   ${sample}`), red)
    assert.deepEqual(await screen.modes(), { wraps: true, cursorShown: true })
  })

  it('in 80 columns, without colours', async () => {
    const size: [number, number] = [80, 24]
    const seen = await run({ terminal: size, env: { NO_COLOR: '1' } })
    assert.equal(seen.exitCode, 1, seen.output)
    const screen = await onScreen(seen, size)
    assertTold(await screen.text())
    assert.equal(await screen.colourOf(`failed   ${sample}`), -1)
    assert.match(seen.output, /0 of 1 module; 1 running/, 'the live view was there')
  })

  it('in a pipe, and in GitHub Actions, as plain lines', async () => {
    const { exitCode, output } = await run({ env: { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: root } })
    assert.equal(exitCode, 1, output)
    assertTold(output)
    assert.doesNotMatch(output, /[^\P{Cc}\n]/u)
    assert.match(output, new RegExp(`\n::error file=${sample},line=23,col=37,title=`))
  })
})

function assertTold(text: string): void {
  // a terminal breaks what is wider than itself, and a reader reads on
  const read = withoutSpace(text)
  let from = 0
  for (const line of told.map(withoutSpace)) {
    const at = read.indexOf(line, from)
    assert.notEqual(at, -1, `'${line}' is missing after what comes before it, in:\n${text}`)
    from = at + line.length
  }
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s/g, '')
}

/** A pseudo terminal of this size around a command: util-linux's `script`, or BSD's. */
function inTerminal(command: string[], [columns, rows]: [number, number]): string[] {
  const quoted = command.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const line = `stty cols ${columns} rows ${rows}; exec ${quoted}`
  return process.platform === 'linux'
    ? ['script', '-qfec', line, '/dev/null']
    : ['script', '-q', '/dev/null', 'sh', '-c', line]
}
