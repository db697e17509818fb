import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { leaseStatus } from '../../../src/host/gateway/gateway-lease-status.js'
import { compareLeases, nextLease, leaseToken, readLeaseToken } from '../../../src/host/gateway/gateway-token.js'

const scope = { device: 'alice', action: 'session' }
const lease = fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String)

describe('lease tokens', () => {
  it('are compared as numbers, even beyond 2^53', () => {
    fc.assert(
      fc.property(lease, lease, (a, b) => {
        const expected = BigInt(a) < BigInt(b) ? -1 : Number(BigInt(a) > BigInt(b))
        assert.equal(Math.sign(compareLeases(a, b)), expected)
      }),
    )
    assert.ok(compareLeases('9007199254740993', '9007199254740992') > 0)
  })

  it('are read back with the same secret only', () => {
    fc.assert(
      fc.property(lease, fc.string(), fc.string(), (lease, secret, other) => {
        assert.equal(readLeaseToken(secret, leaseToken(secret, { lease, ...scope }), scope), lease)
        if (other !== secret)
          assert.equal(readLeaseToken(other, leaseToken(secret, { lease, ...scope }), scope), undefined)
      }),
    )
  })

  it('are bound to one device and action', () => {
    const text = fc.string()
    fc.assert(
      fc.property(lease, text, text, text, text, (lease, device, action, otherDevice, otherAction) => {
        const token = leaseToken('s', { lease, device, action })
        const isSame = device === otherDevice && action === otherAction
        const read = readLeaseToken('s', token, { device: otherDevice, action: otherAction })
        assert.equal(read, isSame ? lease : undefined)
      }),
    )
  })

  it('are refused in any other form', () => {
    const good = leaseToken('s', { lease: '12', ...scope })
    const bad = [
      undefined,
      '',
      '12',
      '12.',
      `012.${good.slice(3)}`,
      `13.${good.slice(3)}`,
      `${good}00`,
      good.slice(0, -2),
      '.',
    ]
    for (const token of bad) assert.equal(readLeaseToken('s', token, scope), undefined, token)
  })
})

describe('the status of a lease', () => {
  it('is current, unknown if it is newer, expired if it is older or below the minimum', () => {
    const claim = { minLease: '90', lease: '100' }
    assert.equal(leaseStatus(claim, '100'), 'current')
    assert.equal(leaseStatus(claim, '101'), 'unknown')
    assert.equal(leaseStatus(claim, '99'), 'expired')
    assert.equal(leaseStatus({ minLease: '90' }, '89'), 'expired')
    assert.equal(leaseStatus({ minLease: '90' }, '90'), 'unknown')
    assert.equal(leaseStatus({ minLease: '0' }, '5'), 'unknown')
  })

  it('is never current below the minimum', () => {
    fc.assert(
      fc.property(lease, lease, fc.option(lease, { nil: undefined }), (minLease, asked, current) => {
        const verdict = leaseStatus({ minLease, lease: current }, asked)
        if (BigInt(asked) < BigInt(minLease)) assert.equal(verdict, 'expired')
      }),
    )
  })

  it('nextLease refuses that lease and admits the next one', () => {
    fc.assert(
      fc.property(lease, lease => {
        const minLease = nextLease(lease)
        assert.equal(leaseStatus({ minLease }, lease), 'expired')
        assert.notEqual(leaseStatus({ minLease }, minLease), 'expired')
      }),
    )
  })
})
