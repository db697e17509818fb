import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { RedisServer } from '../support/redis-server.js'
import { Project } from './baton-cli.js'

describe('secrets of a host', () => {
  it('reach no other process of the farm, even if Appium prints them', async () => {
    await using redis = await RedisServer.start()
    const url = `unix://${redis.socket}`
    const hosting = new Project({
      'devices.json': {
        devices: [{ name: 'alice', driver: 'fake', reset: 'none', app: '${env:APP_FILE}' }],
      },
    })
    const running = new Project({ 'modules/1.ts': `it('waits', () => {})` })
    const host = hosting.start(['host', '--redis', url, '--name', 'one'], { APP_FILE: '/nowhere/hunter2-secret.xml' })
    try {
      await host.line('baton host: ready')
      const run = await running.run(['run', 'modules/*.ts', '--json', '--redis', url])
      const devices = await running.run(['devices', '--json', '--redis', url])
      assert.match(run.stdout, /no such file or directory, open '\*\*\*'/)
      assert.match(devices.stdout, /quarantined[^]*open '\*\*\*'/)
      assert.doesNotMatch(run.stdout + devices.stdout, /hunter2/)
      // Other users of the machine see that there are folders, and nothing in them.
      const folders = await readdir(hosting.temporary)
      assert.ok(folders.length > 0)
      for (const folder of folders) {
        const { mode } = await stat(path.join(hosting.temporary, folder))
        assert.equal(mode & 0o077, 0, `${folder} has mode ${mode.toString(8)}`)
      }
    } finally {
      host.child.kill('SIGTERM')
      await host.done
      hosting.remove()
      running.remove()
    }
  })
})
