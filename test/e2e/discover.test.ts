import assert from 'node:assert/strict'
import { startPhones } from '../phone/start-phones.js'
import { adbEnvironment } from '../support/phone-farm.js'
import { Project } from './baton-cli.js'

describe('phones that nobody has named', () => {
  it('are listed to be pasted, and serve where an entry stands for them', async () => {
    await using phones = await startPhones({ count: 2 })
    const entry = { name: 'lab', driver: 'android', discover: true, match: { formFactor: 'phone' } }
    const other = { ...entry, name: 'none', match: { formFactor: 'tv' } }
    const two = `export const devices = { a: ['platform=android', 'sdk=34'], b: ['platform=android'] }\nit('passes', () => {})\n`
    const project = new Project({ 'devices.json': { devices: [entry, other] }, 'two.ts': two })
    try {
      const listed = await project.run(['devices', '--discover'], adbEnvironment(phones))
      const pasted = JSON.parse(`[${listed.stdout}]`) as { udid: string }[]
      assert.deepEqual(pasted.map(({ udid }) => udid).toSorted(), phones.phones.map(({ serial }) => serial).toSorted())
      const cli = project.start(['run', 'two.ts', '--json'], adbEnvironment(phones))
      const { stderr, exitCode } = await cli.done
      assert.equal(exitCode, 0, stderr)
      const { devices } = await cli.event('attempt:start')
      assert.deepEqual(Object.values(devices).toSorted(), phones.phones.map(({ serial }) => `lab-${serial}`).toSorted())
    } finally {
      project.remove()
    }
  })
})
