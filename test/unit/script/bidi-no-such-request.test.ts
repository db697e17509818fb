import assert from 'node:assert/strict'
import { ignoreNoSuchRequest } from '../../../src/script/bidi-no-such-request.js'
import { contextOf, runAsTest } from './module-in-process.js'

const refusing = (text: string): ReturnType<typeof ignoreNoSuchRequest> =>
  ignoreNoSuchRequest(() => Promise.reject(new Error(text)))

const gone = 'unknown error - Invalid InterceptionId.'
const goOn = { method: 'network.continueRequest', params: { request: '1' } }

describe('an intercepted request that no longer exists', () => {
  it('is not an error if WebdriverIO continues it', async () => {
    assert.deepEqual(await refusing(gone)(goOn), {})
    assert.deepEqual(await refusing('no such request - x')({ ...goOn, method: 'network.provideResponse' }), {})
  })

  it('is not an error if another mock was faster', async () => {
    for (const text of [
      'unknown error - Invalid state for continueInterceptedRequest',
      "invalid argument - Blocked request for network id 'B7E8' is in 'responseStarted' phase",
    ]) {
      assert.deepEqual(await refusing(text)(goOn), {})
    }
  })

  it('is an error if a test continues it', () =>
    runAsTest(contextOf(['a']), async () => {
      await assert.rejects(refusing(gone)(goOn), /Invalid InterceptionId/)
    }))

  it('does not hide other errors or those of other commands', async () => {
    await assert.rejects(refusing('invalid argument')(goOn), /invalid argument/)
    await assert.rejects(refusing(gone)({ method: 'network.removeIntercept' }), /Invalid InterceptionId/)
  })
})
