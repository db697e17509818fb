import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { loadSetup } from './load-setup.js'

const { describeNodeProblem, nodeRange } = await loadSetup('node-version')
const { isUbuntu, parseCandidates } = await loadSetup('system')
const { isCompleteInstall } = await loadSetup('dependencies')

describe('setup: the version of Node', () => {
  it('matches the range in package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
      engines: { node: string }
    }
    assert.equal(nodeRange, manifest.engines.node)
  })

  for (const version of ['20.19.0', '20.20.2', '22.12.0', '22.30.1', '24.0.0', '25.1.0', '26.0.0-nightly20261101']) {
    it(`accepts ${version}`, () => assert.equal(describeNodeProblem(version), undefined))
  }
  for (const version of ['12.22.0', '18.20.4', '20.18.3', '21.7.0', '22.11.0', '23.11.0']) {
    it(`rejects ${version} and names the supported versions`, () => {
      const fault = describeNodeProblem(version)
      assert.ok(fault?.includes(version) && fault.includes(nodeRange), fault)
    })
  }
})

describe('setup: inspecting the system', () => {
  it('recognises Ubuntu and distributions based on it', () => {
    assert.equal(isUbuntu('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'), true)
    assert.equal(isUbuntu('NAME="Pop!_OS"\nID=pop\nID_LIKE="ubuntu debian"\n'), true)
    assert.equal(isUbuntu('ID=debian\nHOME_URL="https://ubuntu.example"\nVERSION_CODENAME=ubuntu\n'), false)
    assert.equal(isUbuntu('ID=raspbian\nID_LIKE=debian\n'), false)
    assert.equal(isUbuntu(''), false)
  })

  it('parses the candidates of apt', () => {
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

describe('setup: checking that npm installed the whole lock file', () => {
  const manifest = { dependencies: { a: '1.0.0' }, devDependencies: { b: '2.0.0' } }
  const locked = {
    '': manifest,
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', dev: true },
    'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['plan9'] },
  }
  const { 'node_modules/a': a, 'node_modules/b': b } = locked
  const installed = { 'node_modules/a': a, 'node_modules/b': b }

  it('ignores missing optional packages', () => assert.equal(isCompleteInstall(locked, installed, manifest), true))

  it('ignores the order in package.json', () => {
    const reordered = { ...manifest, dependencies: { z: '1', a: '1' } }
    const asLocked = { ...locked, '': { ...manifest, dependencies: { a: '1', z: '1' } } }
    assert.equal(isCompleteInstall(asLocked, installed, reordered), true)
  })

  const wrong: Record<string, Parameters<typeof isCompleteInstall>> = {
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
    it(`detects that ${what}`, () => assert.equal(isCompleteInstall(...arguments_), false))
  }
})
