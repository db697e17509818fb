import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { Project } from './baton-cli.js'

describe('the URL of a farm', () => {
  let project: Project
  before(() => {
    project = new Project({
      'devices.json': { devices: [{ name: 'a', driver: 'fake' }], redis: 'redis://:hunter/two@farm' },
    })
  })
  after(() => project.remove())

  it('is never repeated if it is wrong, wherever it comes from', async () => {
    const url = 'redis://:hunter/two@farm'
    for (const [args, env] of [
      [['devices', '--redis', url], {}],
      [['host', `--redis=${url}`], {}],
      [['devices'], { BATON_REDIS_URL: url }],
      [['devices'], {}],
    ] as const) {
      const { exitCode, stdout, stderr } = await project.run([...args], env)
      assert.equal(exitCode, 2, stderr)
      assert.match(stderr, /^BATON_(USAGE|CONFIG_INVALID): .*expected a URL such as redis:\/\/farm\.example:6379/m)
      assert.doesNotMatch(stdout + stderr, /hunter|two/)
    }
  })

  it('may be in BATON_REDIS_URL or in a file; an option wins, and an empty variable is none', async () => {
    const nobody = 'redis://127.0.0.1:1'
    const fromVariable = await project.run(['devices'], { BATON_REDIS_URL: nobody })
    assert.match(fromVariable.stderr, /^BATON_REDIS: Redis at redis:\/\/127\.0\.0\.1:1 cannot be reached/m)
    const fromOption = await project.run(['devices', '--redis', 'redis://127.0.0.1:2'], { BATON_REDIS_URL: nobody })
    assert.match(fromOption.stderr, /127\.0\.0\.1:2 cannot be reached/)
    project.write({ farm: `${nobody}\n` })
    const fromFile = await project.run(['devices', '--redis', 'file:farm'])
    assert.match(fromFile.stderr, /127\.0\.0\.1:1 cannot be reached/)
    const empty = await project.run(['host'], { BATON_REDIS_URL: '' })
    assert.match(empty.stderr, /required option '--redis <url>' not specified/)
  })

  it('is not in the list of processes once the command has started', async function () {
    if (process.platform !== 'linux') this.skip()
    const silent = createServer(socket => socket.resume()).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const accepted = once(silent, 'connection')
    const url = `redis://:hunter-two@127.0.0.1:${(silent.address() as AddressInfo).port}`
    const cli = project.start(['devices', '--redis', url])
    await accepted
    assert.doesNotMatch(readFileSync(`/proc/${cli.pid}/cmdline`, 'utf8'), /hunter/)
    cli.child.kill('SIGKILL')
    await cli.done
    silent.close()
  })
})
