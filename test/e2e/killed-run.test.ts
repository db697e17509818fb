import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft, commands, processBelow } from './support/processes.js'

/** Says that it is ready, and serves for ever. */
const server = `
import { createServer } from 'node:http'
createServer((request, response) => response.end('here')).listen(process.env.PORT, '127.0.0.1', () => console.log('ready'))
`

describe('a run that is killed in the middle of a module', () => {
  it('leaves nothing running after 10 s, keeps its events on disk, and does not affect the next run', async () => {
    const gates = await GateKeeper.start()
    const project = new Project({
      'devices.json': {
        devices: [
          { name: 'alice', driver: 'fake', reset: 'none' },
          { name: 'bob', driver: 'chromium', emulate: 'Pixel 7' },
        ],
        servers: { shop: { command: 'node server.mjs', ready: 'ready' } },
      },
      'server.mjs': server,
      'passes.ts': `it('passes', () => {})\nexport const devices = { device: 'alice' }`,
      'stands.ts': gateModule('stands', 'alice', 'bob'),
    })
    try {
      const cli = project.start(['run', 'passes.ts', 'stands.ts', '--json', ...gates.args])
      await Promise.all([gates.arrival('stands'), cli.event('module:end')])
      for (const command of [/^node server\.mjs/, commands.redis, commands.host, commands.appium, commands.browser]) {
        assert.ok(processBelow(cli.pid, command).pid, 'was there to be left behind')
      }
      cli.child.kill('SIGKILL')
      await cli.done
      await assertNothingLeft(project)

      const [ended, ...others] = project.events().filter(event => event.type === 'module:end')
      assert.equal(ended?.verdict, 'passed')
      assert.deepEqual(others, [])

      gates.open('stands')
      const next = await project.run(['run', 'stands.ts', '--json', ...gates.args])
      assert.equal(next.exitCode, 0, next.stdout + next.stderr)
    } finally {
      await gates[Symbol.asyncDispose]()
      project.remove()
    }
  })
})
