import assert from 'node:assert/strict'
import { SharedFarm } from './support/shared-farm.js'

describe('suites of a plan on a farm of several hosts', () => {
  it('keep to their host, retries and deadlines, and use a backup if the named device is offline', async () => {
    await using farm = await SharedFarm.start({
      'passes.ts': `it('passes', () => {})`,
      'hangs.ts': `it('hangs', () => new Promise(() => {}))`,
    })
    const mark = JSON.stringify(`${farm.project.directory}/tried`)
    farm.project.write({
      'second-try.ts': `
        import { existsSync, writeFileSync } from 'node:fs'
        it('passes the second time', () => {
          if (existsSync(${mark})) return
          writeFileSync(${mark}, '')
          throw new Error('once')
        })`,
      'plan.json': {
        suites: [
          { name: 'in the lab', modules: 'second-try.ts', on: 'host=h2', retries: 1 },
          { name: 'in time', modules: 'hangs.ts', on: 'host=h1', timeouts: { test: 200 } },
          { name: 'by name', modules: 'passes.ts', devices: { device: 'carol' }, backup: { device: ['alice'] } },
        ],
      },
    })
    await farm.host('h1', 'alice')
    await farm.host('h2', 'bob')
    const away = await farm.host('h3', 'carol')
    away.child.kill('SIGTERM')
    await away.done

    const cli = farm.run('--plan', 'plan.json')
    const { exitCode, stderr } = await cli.done
    assert.equal(exitCode, 1, stderr)
    assert.deepEqual(cli.verdicts, { 'second-try.ts': ['flaky'], 'hangs.ts': ['failed'], 'passes.ts': ['passed'] })
    const { modules } = await cli.event('run:start')
    const devicesOf = (file: string): string[] => {
      const id = modules.find(module => module.file === file)?.id
      return cli.events.flatMap(event =>
        event.type === 'attempt:start' && event.module === id ? Object.values(event.devices) : [],
      )
    }
    assert.deepEqual(devicesOf('second-try.ts'), ['bob', 'bob'])
    assert.deepEqual(devicesOf('hangs.ts'), ['alice'])
    assert.deepEqual(devicesOf('passes.ts'), ['alice'])
    const { error } = await cli.event('test:end', event => event.state === 'failed' && event.title[0] === 'hangs')
    assert.match(error?.message ?? '', /200 ?ms/)
  })
})
