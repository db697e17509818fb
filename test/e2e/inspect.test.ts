import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const slow = `
  it('takes longer than every deadline', async () => {
    console.log('at the terminal')
    await new Promise(resolve => setTimeout(resolve, 700))
  })`

describe('baton run --inspect', () => {
  let project: Project
  before(() => {
    project = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'modules/a.ts': slow,
      'modules/b.ts': `
        import { browser } from '@wdio/globals'
        it('stops for the user at the terminal', async () => {
          await browser.debug()
        })${slow}`,
    })
  })
  after(() => project.remove())

  it('runs one module at a time under the debugger, without deadlines; browser.debug() talks to the terminal', async () => {
    const args = ['run', 'modules', '--inspect', '--json', '--timeout', '100', '--module-timeout', '300']
    const cli = project.start(args, {}, 'pipe')
    await cli.errorText('use the command line as REPL')
    cli.child.stdin?.write('"it is " + browser.isMobile\n.exit\n')
    const run = new RunOutcome(await cli.done)
    const { stderr, exitCode } = run.result
    assert.equal(exitCode, 0, run.result.stdout + stderr)
    assert.match(stderr, /127\.0\.0\.1:9229/)
    assert.equal(stderr.match(/at the terminal/g)?.length, 2)
    assert.match(stderr, /'it is (true|false)'/)
    // When the first one's attempt ends, its worker may run the second one already.
    const inModules = run.events
      .filter(event => event.type === 'module:loaded' || event.type === 'test:start' || event.type === 'test:end')
      .sort((a, b) => a.at - b.at)
      .map(event => event.module)
    const changes = inModules.filter((module, index) => module !== inModules[index - 1])
    assert.equal(changes.length, 2, `two modules at a time: ${inModules.join(', ')}`)
  })
})
