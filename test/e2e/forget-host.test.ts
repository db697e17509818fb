import assert from 'node:assert/strict'
import { SharedFarm } from './support/shared-farm.js'

describe('baton devices --forget', function () {
  it('removes the devices of a dead host from the farm, and no others', async () => {
    await using farm = await SharedFarm.start({ 'm.ts': `it('passes', () => {})` })
    const { project } = farm
    const redis = ['--redis', `unix://${farm.server.socket}`]
    await farm.host('h1', 'alice')
    const h2 = await farm.host('h2', 'bob', 'carol')
    h2.child.kill('SIGKILL')
    await h2.done
    const states = async (): Promise<string[]> => {
      const { stdout } = await project.run(['devices', '--json', ...redis])
      return (JSON.parse(stdout) as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`)
    }
    await farm.until(async () => (await states()).join() === 'alice idle,bob offline,carol offline', 'h2 is given up')
    const before = await farm.run('--every', 'm.ts').done
    assert.equal(before.exitCode, 3)

    // A hostile or newer process may have written anything to Redis.
    const forged = [
      'run',
      'r',
      'file',
      '\x1b[2Jx.ts\n::error::x',
      'role',
      'a',
      'lead',
      'h',
      'granted',
      '9e99',
      'reason',
      '',
    ]
    await farm.redis.xadd('{baton}:device-sessions:alice', '*', ...forged, 'outcome', 'passed')
    const { stdout: history } = await project.run(['devices', 'alice', ...redis])
    assert.match(history, /^FROM +TO +OUTCOME +MODULE +ROLE +RUN +LED BY +REASON$/m)
    const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`
    assert.match(history, new RegExp(`^${time} +${time} +passed +m\\.ts +device +\\S+ +h1$`, 'm'))
    assert.match(history, /^unknown +\S+ +passed +x\.ts ⏎ ::error::x +a +r +h$/m)
    const inJson = JSON.parse((await project.run(['devices', 'alice', '--json', ...redis])).stdout) as Record<
      string,
      object[]
    >
    assert.equal(inJson['sessions']?.length, 2)
    assert.deepEqual([inJson['failures'], inJson['history']?.length], [[], 1])

    const live = await project.run(['devices', '--forget', 'h1', ...redis])
    assert.equal(live.exitCode, 2)
    assert.match(
      live.stderr,
      /^BATON_USAGE: baton devices --forget: host 'h1' is serving its devices\.\nHINT: stop the host/,
    )
    const unknown = await project.run(['devices', '--forget', 'h3', ...redis])
    assert.equal(unknown.exitCode, 2)
    assert.match(unknown.stderr, /the farm has no host 'h3' \(known: 'h1', 'h2'\)/)
    const nowhere = await project.run(['devices', '--forget', 'h2', '--devices', 'h1.json'])
    assert.equal(nowhere.exitCode, 2)
    assert.match(nowhere.stderr, /expected --redis/)

    const forgotten = await project.run(['devices', '--forget', 'h2', ...redis])
    assert.deepEqual([forgotten.exitCode, forgotten.stdout], [0, 'removed host h2 with bob, carol\n'])
    assert.deepEqual(
      (await states()).map(state => state.split(' ')[0]),
      ['alice'],
    )
    assert.deepEqual(await farm.redis.keys('*h2*'), [])
    const after = await farm.run('--every', 'm.ts').done
    assert.equal(after.exitCode, 0)
    await farm.host('h2', 'bob')
    await farm.until(async () => (await states()).join() === 'alice idle,bob idle', 'h2 is back')
  })
})
