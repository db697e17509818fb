import assert from 'node:assert/strict'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { fakeFarm, Project } from './baton-cli.js'

describe('a machine without adb', () => {
  const project = new Project({
    'devices.json': fakeFarm('alice'),
    'phones.json': { devices: [{ name: 'pixel', driver: 'android', udid: 'R58M' }] },
    'passes.js': `it('passes', () => {})`,
  })
  after(() => project.remove())

  it('runs what needs none, and says of phones what to install', async () => {
    const programs = path.join(project.directory, 'programs')
    mkdirSync(programs)
    symlinkSync(onPath('redis-server'), path.join(programs, 'redis-server'))
    const env = { PATH: programs, ANDROID_HOME: undefined, ANDROID_SDK_ROOT: undefined, HOME: project.directory }
    const run = await project.run(['run', 'passes.js'], env)
    assert.equal(run.exitCode, 0, run.stdout + run.stderr)
    const phones = await project.run(['run', 'passes.js', '--devices', 'phones.json'], env)
    assert.notEqual(phones.exitCode, 0)
    assert.match(
      phones.stderr,
      /BATON_TOOL_MISSING: adb is missing.*\nHINT: install it: on Debian `apt-get install adb`/,
    )
  })
})

function onPath(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const found = folders.map(folder => path.join(folder, program)).find(existsSync)
  assert.ok(found, `${program} is not on the PATH`)
  return found
}
