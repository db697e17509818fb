import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { loadSetUp } from './load-set-up.js'

const { describeNodeFault, nodeRange } = await loadSetUp('node-version')
const { isUbuntu, parseCandidates } = await loadSetUp('system')
const { isWholeInstall } = await loadSetUp('dependencies')

describe('set-up: the version of Node', () => {
  it('is the range of package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
      engines: { node: string }
    }
    assert.equal(nodeRange, manifest.engines.node)
  })

  for (const version of ['20.19.0', '20.20.2', '22.12.0', '22.30.1', '24.0.0', '25.1.0', '26.0.0-nightly20261101']) {
    it(`takes ${version}`, () => assert.equal(describeNodeFault(version), undefined))
  }
  for (const version of ['12.22.0', '18.20.4', '20.18.3', '21.7.0', '22.11.0', '23.11.0']) {
    it(`refuses ${version}, and says which would do`, () => {
      const fault = describeNodeFault(version)
      assert.ok(fault?.includes(version) && fault.includes(nodeRange), fault)
    })
  }
})

describe('set-up: what the system says', () => {
  it('knows Ubuntu and what is made from it', () => {
    assert.equal(isUbuntu('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'), true)
    assert.equal(isUbuntu('NAME="Pop!_OS"\nID=pop\nID_LIKE="ubuntu debian"\n'), true)
    assert.equal(isUbuntu('ID=debian\nHOME_URL="https://ubuntu.example"\nVERSION_CODENAME=ubuntu\n'), false)
    assert.equal(isUbuntu('ID=raspbian\nID_LIKE=debian\n'), false)
    assert.equal(isUbuntu(''), false)
  })

  it('reads the candidates of apt', () => {
    const policy = [
      'redis-server:',
      '  Installed: (none)',
      '  Candidate: 5:7.0.15-1~deb12u5',
      '  Version table:',
      '     5:7.0.15-1~deb12u5 500',
      'chromium-browser:',
      '  Installed: (none)',
      '  Candidate: (none)',
      '  Version table:',
      '',
    ].join('\n')
    assert.deepEqual(parseCandidates(policy), { 'redis-server': '5:7.0.15-1~deb12u5', 'chromium-browser': undefined })
    assert.deepEqual(parseCandidates(''), {})
  })
})

describe('set-up: whether npm installed all of the lock file', () => {
  const manifest = { dependencies: { a: '1.0.0' }, devDependencies: { b: '2.0.0' } }
  const locked = {
    '': manifest,
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', dev: true },
    'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['plan9'] },
  }
  const { 'node_modules/a': a, 'node_modules/b': b } = locked
  const installed = { 'node_modules/a': a, 'node_modules/b': b }

  it('does not miss what is optional', () => assert.equal(isWholeInstall(locked, installed, manifest), true))

  it('takes the order of package.json for no difference', () => {
    const reordered = { ...manifest, dependencies: { z: '1', a: '1' } }
    const asLocked = { ...locked, '': { ...manifest, dependencies: { a: '1', z: '1' } } }
    assert.equal(isWholeInstall(asLocked, installed, reordered), true)
  })

  const wrong: Record<string, Parameters<typeof isWholeInstall>> = {
    'a package lacks': [locked, { 'node_modules/a': a }, manifest],
    'a version differs': [locked, { ...installed, 'node_modules/a': { ...a, version: '1.0.1' } }, manifest],
    'the same version has other contents': [
      locked,
      { ...installed, 'node_modules/a': { ...a, integrity: 'x' } },
      manifest,
    ],
    'there is one too many': [locked, { ...installed, 'node_modules/c': { version: '1.0.0' } }, manifest],
    'package.json asks for another': [locked, installed, { ...manifest, dependencies: { a: '1.0.1' } }],
    'a binary is for another platform': [
      locked,
      { ...installed, 'node_modules/elsewhere': locked['node_modules/elsewhere'] },
      manifest,
    ],
  }
  for (const [what, arguments_] of Object.entries(wrong)) {
    it(`sees that ${what}`, () => assert.equal(isWholeInstall(...arguments_), false))
  }
})
