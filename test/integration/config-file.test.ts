import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFarmConfig } from '../../src/device/read-farm-config.js'
import { BatonErrors } from '../../src/error/baton-error.js'
import { drivers } from '../unit/device/drivers.js'

describe('readFarmConfig', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-config-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const messageOf = async (file: string): Promise<string> => {
    const error: unknown = await readFarmConfig(file, drivers, {}).catch((error: unknown) => error)
    assert(error instanceof BatonErrors)
    return error.message
  }

  it('reads a file', async () => {
    const file = join(folder, 'devices.json')
    await writeFile(file, '{ "devices": [{ "name": "alice", "driver": "browser" }], "setup": ["setup.ts"] }')
    const config = await readFarmConfig(file, drivers, {})
    assert.deepEqual(
      config.devices.map(device => device.name),
      ['alice'],
    )
    assert.deepEqual(config.setup, [join(folder, 'setup.ts')])
  })

  it('names the nearest file if the file does not exist', async () => {
    await writeFile(join(folder, 'devices.json'), '{}')
    assert.equal(
      await messageOf(join(folder, 'device.json')),
      `BATON_CONFIG_MISSING: expected the devices of the farm in ${folder}/device.json, found no such file.\nHINT: did you mean '${folder}/devices.json'?`,
    )
  })

  it('shows what to do if no file is near, or the folder does not exist', async () => {
    for (const file of [join(folder, 'farm.json'), join(folder, 'nowhere', 'farm.json')]) {
      assert.match(
        await messageOf(file),
        /\nHINT: create it \(docs\/devices-json\.md\), or name another with --devices FILE\.$/,
      )
    }
  })

  it('refuses a folder', async () => {
    assert.match(await messageOf(folder), /^BATON_CONFIG_MISSING: .* cannot be read: EISDIR/)
  })
})
