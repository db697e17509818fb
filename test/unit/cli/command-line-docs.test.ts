import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { createProgram } from '../../../src/cli/program.js'
import { defaults } from '../../../src/device/defaults.js'

const program = createProgram(() => {})

interface Row {
  option: string
  /** Empty if the table says nothing. */
  value: string
}

/** Rows whose first cell begins with an option: `--timeout MS`. */
function optionRows(text: string): Row[] {
  return [...text.matchAll(/^\| `(--[\w-]+)[^|]*\|[^|]*\|(?:([^|]*)\|)?$/gm)].map(([, option = '', value = '']) => ({
    option,
    value: value.replaceAll('`', '').trim(),
  }))
}

/** Option → its default as `--help` prints it; empty if there is none. */
function optionsOf(command: Command): Map<string, string> {
  return new Map(
    // Old names are hidden: they keep working, but nobody should learn them.
    command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, description, defaultValue }) => {
        const said = /\(default: (?:the machine's|([^)]*))\)/.exec(description)?.[1] ?? ''
        return [long ?? '', defaultValue === undefined ? said : String(defaultValue)]
      }),
  )
}

function commandNamed(name: string): Command {
  return program.commands.find(command => command.name() === name) ?? assert.fail(name)
}

/** The page's text about one command. */
function section(page: string, command: string): string {
  return page.split(/^## /m).find(text => new RegExp(`^\`baton ${command}[ \`]`).test(text)) ?? assert.fail(command)
}

describe('docs/command-line.md', () => {
  const page = readFileSync('docs/command-line.md', 'utf8')

  for (const command of ['run', 'host', 'hosts', 'devices', 'follow', 'report', 'init', 'doctor']) {
    it(`describes the options of baton ${command}, and no other`, () => {
      const text = section(page, command)
      const options = optionsOf(commandNamed(command))
      for (const option of options.keys()) assert.match(text, new RegExp(`[ \`]${option}\\b`), option)
      for (const { option } of optionRows(text)) assert.ok(options.has(option), option)
    })
  }

  for (const command of ['run', 'host', 'explore', 'replay']) {
    it(`has the defaults of baton ${command}`, () => {
      const options = optionsOf(commandNamed(command))
      for (const { option, value } of optionRows(section(page, command))) {
        if (option === '--name' || option === '--video') continue
        assert.equal(value, options.get(option), option)
      }
    })
  }
})

describe('the tables of defaults', () => {
  it('in README.md match baton run', () => {
    const options = optionsOf(commandNamed('run'))
    const rows = optionRows(readFileSync('README.md', 'utf8')).filter(({ value }) => /^\d|\.json$/.test(value))
    assert.ok(rows.length > 0)
    for (const { option, value } of rows) assert.equal(value, options.get(option), option)
  })

  it('in docs/devices-json.md match the code', () => {
    const page = readFileSync('docs/devices-json.md', 'utf8')
    const rows = { test: defaults.testTimeoutMs, module: defaults.moduleTimeoutMs, wait: defaults.waitTimeoutMs }
    for (const [key, value] of Object.entries(rows))
      assert.match(page, new RegExp(`^\\| \`${key}\` +\\| ${value} +\\|`, 'm'))
    assert.match(page, new RegExp(`^\\| \`timeout\` .*default ${defaults.serverTimeoutMs} +\\|$`, 'm'))
  })

  it('in docs/writing-scripts.md match the code', () => {
    const page = readFileSync('docs/writing-scripts.md', 'utf8')
    const units: Record<string, number> = { s: 1_000, min: 60_000 }
    const limits = new Map(
      [...page.matchAll(/^\| `([\w-]+)` +\| (\d+) (s|min) +\|/gm)].map(([, option, amount, unit = '']) => [
        option,
        Number(amount) * (units[unit] ?? Number.NaN),
      ]),
    )
    assert.deepEqual(Object.fromEntries(limits), {
      '--timeout': defaults.testTimeoutMs,
      '--module-timeout': defaults.moduleTimeoutMs,
      '--wait-timeout': defaults.waitTimeoutMs,
      waitforTimeout: defaults.waitforTimeoutMs,
    })
  })
})
