import assert from 'node:assert/strict'
import type { RegisteredHost } from '../../../src/lease/farm-hosts.js'
import type { RegisteredDevice } from '../../../src/lease/registry.js'
import { formatRequirement, parseRequirement, shortageOf } from '../../../src/run/farm-requirement.js'
import { startCommands } from '../../../src/run/start-commands.js'

const url = 'redis://10.0.0.1:6379'

function device(name: string, host: string, state: RegisteredDevice['state'], ...labels: string[]): RegisteredDevice {
  return {
    name,
    host,
    labels: [`name=${name}`, `host=${host}`, ...labels],
    driver: 'fake',
    platform: 'fake',
    state,
    reason: '',
    since: 0,
  }
}

function host(name: string, state: RegisteredHost['state'], ...devices: RegisteredDevice[]): RegisteredHost {
  return { name, state, reason: '', modules: 0, now: 0, devices }
}

const farm = [
  host('lab-1', 'serving', device('a', 'lab-1', 'idle', 'tablet'), device('b', 'lab-1', 'checking', 'tablet')),
  host('lab-2', 'gone', device('c', 'lab-2', 'offline', 'tablet'), device('d', 'lab-2', 'offline', 'tablet')),
  host('lab-3', 'draining', device('e', 'lab-3', 'offline', 'tablet')),
]

/** What `--wait-for` prints. */
function commands(texts: readonly string[], redisUrl = url): string[] {
  const shortages = texts.map(text => shortageOf(parseRequirement(text) ?? assert.fail(text), farm))
  return startCommands(shortages, farm, redisUrl)
}

describe('what a run waits for', () => {
  it('is a number of hosts, or of devices with labels', () => {
    const formatted = (text: string): string | undefined => {
      const parsed = parseRequirement(text)
      return parsed && formatRequirement(parsed)
    }
    assert.equal(formatted('5'), '5 hosts')
    assert.equal(formatted('1'), '1 host')
    assert.equal(formatted('platform=android,tablet:8'), '8 devices with platform=android and tablet')
    assert.equal(formatted('udid=10.0.0.5:5555:2'), '2 devices with udid=10.0.0.5:5555')
    assert.equal(formatted('tablet'), '1 device with tablet')
    for (const wrong of ['0', ':3', 'tablet:0', '999999999']) assert.equal(parseRequirement(wrong), undefined, wrong)
    assert.throws(() => parseRequirement('a,,b:2'), /--wait-for 'a,,b': expected a label/)
  })

  it('is counted among what serves now: nothing that leaves, is checked or is gone', () => {
    const shortage = (text: string) => shortageOf(parseRequirement(text) ?? assert.fail(text), farm)
    assert.deepEqual([shortage('3').present, shortage('3').missing], [['lab-1'], 2])
    const tablets = shortage('tablet:4')
    assert.deepEqual([tablets.present, tablets.missing], [['a'], 3])
    assert.deepEqual(tablets.unusable, ['b of host lab-1 is checking'])
    assert.equal(shortage('tablet:1').missing, 0)
  })

  it('is started by command lines: hosts that have left first, then new names', () => {
    assert.deepEqual(commands(['3']), [
      `baton host --redis ${url} --name lab-2`,
      `baton host --redis ${url} --name host-1`,
    ])
    assert.deepEqual(commands(['tablet:4']), [
      `baton host --redis ${url} --name lab-2 --labels tablet`,
      `baton host --redis ${url} --name host-1 --labels tablet`,
    ])
    assert.deepEqual(commands(['3', 'tablet:4']), commands(['tablet:4']))
    assert.deepEqual(commands(['host=lab-9,platform=fake:2']), [`baton host --redis ${url} --name lab-9`])
    assert.deepEqual(commands(["big screen,it's:1"]), [
      `baton host --redis ${url} --name host-1 --labels 'big screen,it'\\''s'`,
    ])
    assert.deepEqual(commands(['tablet:1', '1']), [])
  })

  it('is started without showing a secret', () => {
    const [command] = commands(['2'], 'rediss://user:hunter22@10.0.0.1:6379')
    assert.equal(command, 'BATON_REDIS_URL="${BATON_REDIS_URL:?the URL of this farm}" baton host --name lab-2')
  })
})
