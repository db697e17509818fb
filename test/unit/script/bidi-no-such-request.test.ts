import assert from 'node:assert/strict'
import { ignoreNoSuchRequest } from '../../../src/script/bidi-no-such-request.js'
import { contextOf, inBranch } from './module-in-process.js'

const refusing = (text: string): ReturnType<typeof ignoreNoSuchRequest> =>
  ignoreNoSuchRequest(() => Promise.reject(new Error(text)))

const gone = 'unknown error - Invalid InterceptionId.'
const goOn = { method: 'network.continueRequest', params: { request: '1' } }

describe('an intercepted request that is gone', () => {
  it('is no error where WebdriverIO lets it go on', async () => {
    assert.deepEqual(await refusing(gone)(goOn), {})
    assert.deepEqual(await refusing('no such request - x')({ ...goOn, method: 'network.provideResponse' }), {})
  })

  it('is none either where another mock was quicker', async () => {
    for (const text of [
      'unknown error - Invalid state for continueInterceptedRequest',
      "invalid argument - Blocked request for network id 'B7E8' is in 'responseStarted' phase",
    ]) {
      assert.deepEqual(await refusing(text)(goOn), {})
    }
  })

  it('is one where a test does', () =>
    inBranch(contextOf(['a']), async () => {
      await assert.rejects(refusing(gone)(goOn), /Invalid InterceptionId/)
    }))

  it('excuses no other error and no other command', async () => {
    await assert.rejects(refusing('invalid argument')(goOn), /invalid argument/)
    await assert.rejects(refusing(gone)({ method: 'network.removeIntercept' }), /Invalid InterceptionId/)
  })
})
