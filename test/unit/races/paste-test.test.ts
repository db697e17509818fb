import assert from 'node:assert/strict'
import { regressionTest } from '../../../src/explore/regression-test.js'
import { pasteTest } from '../../races/paste-test.js'
import { scheduleWith } from '../explore/iterations.js'

describe('pasteTest', () => {
  const holds = [{ operation: 'alice<POST /send', until: 'alice<received /chat read' }]
  const printed = regressionTest(scheduleWith({ holds }))

  it('puts the holds before the steps of the test', () => {
    const pasted = pasteTest("// chat\nit('is read', async () => {\n  await send()\n})\n", printed).split('\n')
    assert.equal(pasted[0], "import { network } from 'baton'")
    assert.equal(pasted[2], "it('is read', async () => {")
    assert.ok(pasted.findIndex(line => line.includes("hold('response POST /send'")) < pasted.indexOf('  await send()'))
  })

  it('refuses a module without the test', () => {
    assert.throws(() => pasteTest("\nit('is sent', async () => {\n})\n", printed), /no test that starts like/)
  })
})
