import assert from 'node:assert/strict'
import { isResetByPages, lastingCommands } from '../../../drivers/chromium/chromium-lasting-commands.js'

describe('what a reset of the browser cannot put back', () => {
  it('excludes commands that only read or act within their tab', () => {
    const used = [
      'GET /url',
      'POST /element/:id/click',
      'CDP Emulation.setTimezoneOverride',
      'BiDi input.performActions',
    ]
    assert.deepEqual(lastingCommands(used), [])
  })

  it('includes commands that act on the browser or the session, and unknown ones', () => {
    const used = [
      'POST /location',
      'POST /element',
      'POST /future',
      'CDP Fetch.continueWithAuth',
      'CDP Future.enable',
      'BiDi network.continueWithAuth',
      'BiDi future.set',
      'a URL with credentials',
    ]
    assert.deepEqual(
      lastingCommands(used),
      used.filter(command => command !== 'POST /element'),
    )
  })

  it('is more than leaving the pages undoes', () => {
    const used = ['POST /url', 'POST /element/:id/click', 'POST /window', 'BiDi script.callFunction', 'DELETE /cookie']
    assert.equal(isResetByPages(used), true)
    for (const name of ['POST /timeouts', 'POST /window/rect', 'CDP Emulation.setTimezoneOverride', 'POST /location'])
      assert.equal(isResetByPages([...used, name]), false, name)
  })
})
