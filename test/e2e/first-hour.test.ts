import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { packageFile } from '../../src/process/package-root.js'
import { Project } from './baton-cli.js'

describe('the first hour', function () {
  // the first start of a browser on a cold, busy machine
  this.timeout(240_000)
  let project: Project
  before(() => {
    project = new Project({})
    const modules = path.join(project.directory, 'node_modules')
    mkdirSync(modules)
    symlinkSync(packageFile(), path.join(modules, 'baton'))
  })
  after(() => project.remove())

  it('asks for --yes if nobody can answer', async () => {
    const { exitCode, stderr } = await project.run(['init'])
    assert.equal(exitCode, 2)
    assert.match(stderr, /not a terminal\.\nHINT: npx baton init --yes\n$/)
  })

  it('leads from an empty folder to a test that passes', async () => {
    const early = await project.run(['doctor'])
    assert.equal(early.exitCode, 1, early.stdout)
    assert.match(early.stdout, /✗ devices .*\n.*→ create it: npx baton init/)

    const init = await project.run(['init', '--yes'])
    assert.equal(init.exitCode, 0, init.stderr)
    const command = /then run: npx baton (run .*)\n$/.exec(init.stdout)?.[1] ?? assert.fail(init.stdout)
    const again = await project.run(['init', '--yes'])
    assert.doesNotMatch(again.stdout, /written|changed/)

    const doctor = await project.run(['doctor'])
    assert.match(doctor.stdout, /✓ browser .*\n[✓–] sandbox/)
    assert.match(doctor.stdout, /✓ devices +devices\.json: alice, bob\nready\n$/)
    assert.equal(doctor.exitCode, 0, doctor.stdout)

    const list = await project.run([...command.split(' '), '--list'])
    assert.equal(list.stdout, 'test/devices/first.ts  alice, bob\n1 module\n', list.stderr)

    const summary = path.join(project.directory, 'summary.html')
    const run = await project.run([...command.split(' '), '--repeat', '2'], { GITHUB_STEP_SUMMARY: summary })
    assert.equal(run.exitCode, 0, run.stdout + run.stderr)
    assert.match(run.stdout, /start +test\/devices\/first\.ts #1 on alice, bob\n[^]*first\.ts #2 on[^]*Tests +2 passed/)
    assert.match(project.read('summary.html'), /^<h3>Baton: 2 passed<\/h3>\n[^]*<td>test\/devices\/first\.ts #2<\/td>/)
    for (const folder of ['baton-report', '.baton']) assert.equal(project.read(`${folder}/.gitignore`), '*\n')
  })
})
