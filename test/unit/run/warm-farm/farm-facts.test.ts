import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readFarmConfig } from '../../../../src/device/read-farm-config.js'
import { differences } from '../../../../src/run/warm-farm/choose-farm.js'
import { farmFacts, type FarmFacts } from '../../../../src/run/warm-farm/farm-facts.js'
import { fakeDriver } from '../../../../drivers/fake/fake-driver.js'

describe('farmFacts', () => {
  const cwd = realpathSync(mkdtempSync(path.join(tmpdir(), 'baton-facts-')))
  after(() => rmSync(cwd, { recursive: true }))
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true })
    writeFileSync(path.join(cwd, name), text)
  }
  const devices = {
    devices: [{ name: 'alice', driver: 'fake', capabilities: { 'appium:app': 'app.apk', x: '${env:X}' } }],
  }
  const facts = async (env: Record<string, string> = { X: '1' }, file = 'devices.json'): Promise<FarmFacts> => {
    const config = await readFarmConfig(path.join(cwd, file), [fakeDriver], env)
    return farmFacts({ cwd, config, headed: false, env })
  }
  let before: FarmFacts
  beforeEach(async () => {
    write('devices.json', JSON.stringify(devices))
    write('app.apk', 'one')
    write('package-lock.json', '{}')
    before = await facts()
  })

  it('are the same for the same project', async () => {
    assert.deepEqual(await facts(), before)
    assert.deepEqual(await facts({ X: '1', TERM: 'xterm', npm_command: 'exec', PWD: '/' }), before)
  })

  for (const [name, text, expected] of [
    ['devices.json', `${JSON.stringify(devices)}\n`, 'devices.json'],
    ['package-lock.json', '{"a":1}', 'package-lock.json'],
    ['node_modules/.package-lock.json', '{"a":1}', 'node_modules/.package-lock.json'],
    ['app.apk', 'another', 'app.apk'],
  ] as const) {
    it(`name ${name} if it changes`, async () => {
      write(name, text)
      assert.deepEqual(differences(before, await facts()), [expected])
      if (name.startsWith('node_modules')) rmSync(path.join(cwd, 'node_modules'), { recursive: true })
    })
  }

  it('name what differs in the environment', async () => {
    assert.deepEqual(differences(before, await facts({ X: '2' })), ['a variable of devices.json'])
    const another = await facts({ X: '1', HTTPS_PROXY: 'http://proxy', DISPLAY: ':1', ANDROID_HOME: '/sdk' })
    assert.deepEqual(differences(before, another), [
      'the environment variable HTTPS_PROXY',
      'the environment variable DISPLAY',
      'the environment variable ANDROID_HOME',
    ])
  })

  it('leave out folders that npm puts on the PATH, unless a program of a driver is there', async () => {
    const bin = path.join(cwd, 'node_modules', '.bin')
    const plain = await facts({ X: '1', PATH: '/usr/bin' })
    assert.deepEqual(await facts({ X: '1', PATH: `${bin}:/usr/bin` }), plain)
    write('node_modules/.bin/chromedriver', '')
    assert.deepEqual(differences(plain, await facts({ X: '1', PATH: `${bin}:/usr/bin` })), [
      'the environment variable PATH',
    ])
  })
})
