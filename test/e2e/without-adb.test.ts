import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { Project } from './baton-cli.js'

describe('a machine without adb', function () {
  // the first start of a browser on a cold, busy machine
  const project = new Project({
    'devices.json': {
      devices: [
        { name: 'alice', driver: 'chromium', emulate: 'Pixel 7' },
        { name: 'bob', driver: 'fake', reset: 'none' },
      ],
    },
    // The module's roles fit: a mistake in a module would end the run, perhaps before adb is looked for.
    'phones.json': {
      devices: [
        { name: 'alice', driver: 'android', udid: 'R58M' },
        { name: 'bob', driver: 'fake', reset: 'none' },
      ],
    },
    'passes.ts': `
      import { $, browser, expect } from '@wdio/globals'
      import { useDevice } from 'baton'
      it('passes', async () => {
        await useDevice('bob')
        await useDevice('alice')
        await browser.url('data:text/html,<h1>here</h1>')
        await expect($('h1')).toHaveText('here')
      })`,
  })
  after(() => project.remove())

  it('runs emulated phones, and shows what to install for real ones', async () => {
    const programs = path.join(project.directory, 'programs')
    linkAllButAdb(programs)
    const env = { PATH: programs, ANDROID_HOME: undefined, ANDROID_SDK_ROOT: undefined, HOME: project.directory }
    const run = await project.run(['run', 'passes.ts'], env)
    assert.equal(run.exitCode, 0, run.stdout + run.stderr)
    const phones = await project.run(['run', 'passes.ts', '--devices', 'phones.json'], env)
    assert.notEqual(phones.exitCode, 0)
    assert.match(
      phones.stderr,
      /BATON_TOOL_MISSING: adb is missing.*\nHINT: install it: on Debian `apt-get install adb`/,
    )
  })
})

/** Everything on the PATH but adb: a browser's launcher is a script, and needs other programs. */
function linkAllButAdb(into: string): void {
  mkdirSync(into)
  const linked = new Set(['adb'])
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    for (const name of programsIn(folder)) {
      if (linked.has(name)) continue
      linked.add(name)
      symlinkSync(path.join(folder, name), path.join(into, name))
    }
  }
}

function programsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // a PATH may name folders that are not there
    return []
  }
}
