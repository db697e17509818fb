import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { loadSetup } from './load-setup.js'

const { plan } = await loadSetup('plan')

type Facts = Parameters<typeof plan>[0]
type System = NonNullable<Facts['system']>
type Tool = Facts['missing'][number]

const tools: Tool[] = ['redis', 'browser', 'driver']
const withAdb: Tool[] = [...tools, 'adb']
const debian: System = {
  manager: 'apt',
  platform: 'linux',
  ubuntu: false,
  candidates: { 'redis-server': '5:7.0.15', chromium: '156.0.1', 'chromium-driver': '156.0.1' },
  isRoot: true,
  hasSudo: false,
  isTerminal: false,
}
const ubuntu: System = {
  ...debian,
  ubuntu: true,
  candidates: { 'redis-server': '5:7.0.15', chromium: undefined, 'chromium-driver': undefined },
}
const mac: System = { ...debian, manager: 'brew', platform: 'darwin', candidates: {}, isRoot: false }
const ready: Facts = { dependencies: 'ready', build: 'ready', missing: [] }

describe('setup: the plan', () => {
  it('has no steps if nothing is missing', () => {
    assert.deepEqual(plan(ready), { steps: [] })
  })

  it('compiles after an installation, and if dist is stale', () => {
    assert.deepEqual(kinds({ ...ready, dependencies: 'stale' }), ['install', 'compile'])
    assert.deepEqual(kinds({ ...ready, dependencies: 'stale', build: 'stale' }), ['install', 'compile'])
    assert.deepEqual(kinds({ ...ready, build: 'stale' }), ['compile'])
  })

  it('adopts packages that were installed by hand', () => {
    assert.deepEqual(kinds({ ...ready, dependencies: 'adopt' }), ['adopt'])
    assert.deepEqual(kinds({ ...ready, dependencies: 'adopt', build: 'stale' }), ['adopt', 'compile'])
  })

  it('installs programs before npm packages, so that a refusal comes first', () => {
    const facts: Facts = { dependencies: 'stale', build: 'stale', missing: ['redis'], system: debian }
    assert.deepEqual(kinds(facts), ['packages', 'install', 'compile'])
    const refused = plan({ ...facts, system: { ...debian, manager: 'none' } })
    assert.ok(refused.refusal)
    assert.equal(refused.steps, undefined)
  })

  describe('on Debian', () => {
    it('asks apt for exactly what is missing', () => {
      assert.deepEqual(packagesOf(['redis'], debian), ['redis-server'])
      // Browser and driver must be of one version: they come as a pair, whichever is missing.
      assert.deepEqual(packagesOf(['browser'], debian), ['chromium', 'chromium-driver'])
      assert.deepEqual(packagesOf(['driver'], debian), ['chromium', 'chromium-driver'])
      assert.deepEqual(packagesOf(tools, debian), ['redis-server', 'chromium', 'chromium-driver'])
    })

    it('runs apt-get update only after a failed installation if apt knows the packages', () => {
      const step = packageStep(['redis'], debian)
      assert.deepEqual(step.commands.map(verb), ['install'])
      assert.equal(verb(step.update ?? []), 'update')
    })

    it('updates first if apt has no package list', () => {
      const step = packageStep(['redis'], { ...debian, candidates: {} })
      assert.deepEqual(step.commands.map(verb), ['update', 'install'])
      assert.equal(step.update, undefined)
    })

    it('neither asks nor uses sudo as root', () => {
      assert.deepEqual(kinds({ ...ready, missing: tools, system: debian }), ['packages'])
      assert.ok(!packageStep(tools, debian).commands.flat().includes('sudo'))
    })

    it('asks before sudo on a terminal', () => {
      const system = { ...debian, isRoot: false, hasSudo: true, isTerminal: true }
      const [consent, step] = plan({ ...ready, missing: ['redis'], system }).steps ?? []
      assert.equal(consent?.kind, 'consent')
      assert.equal(step?.kind, 'packages')
      assert.ok(consent.command.startsWith('sudo '), consent.command)
      assert.equal(consent.command, step.commands.map(words => words.join(' ')).join(' && '))
    })

    it('prints the command if there is no terminal, and omits sudo if it is not installed', () => {
      const nobody = refusalOf(['redis'], { ...debian, isRoot: false, hasSudo: true })
      assert.match(nobody, /there is no terminal to ask on/)
      assert.match(nobody, /^ {2}sudo .*apt-get install .* redis-server$/m)
      const noSudo = refusalOf(['redis'], { ...debian, isRoot: false, isTerminal: true })
      assert.match(noSudo, /no sudo/)
      assert.match(noSudo, /^ {2}apt-get install .* redis-server$/m)
      const both = refusalOf(['redis'], { ...debian, isRoot: false, hasSudo: true, candidates: {} })
      assert.match(both, /apt-get update .*&& .*apt-get install/)
    })
  })

  describe('on Ubuntu', () => {
    it('installs redis-server with apt, but never chromium', () => {
      assert.deepEqual(packagesOf(['redis'], ubuntu), ['redis-server'])
      for (const missing of [['browser'], ['driver'], tools] as Tool[][]) {
        const text = refusalOf(missing, ubuntu)
        assert.doesNotMatch(text, /apt-get install .*chromium/)
        assert.match(text, missing.includes('browser') ? /google-chrome/ : /chromedriver/)
      }
    })

    it('recognises a stub by its version', () => {
      const stub = { ...ubuntu, candidates: { ...ubuntu.candidates, chromium: '2:1snap1-0ubuntu2' } }
      assert.match(refusalOf(['browser'], stub), /google-chrome/)
    })

    it('uses a real package from an added source', () => {
      const real = { ...ubuntu, candidates: debian.candidates }
      assert.deepEqual(packagesOf(['browser'], real), ['chromium', 'chromium-driver'])
    })

    it('names everything that is missing at once', () => {
      const text = refusalOf(tools, ubuntu)
      for (const word of ['redis-server', 'google-chrome', 'chromedriver'])
        assert.match(text, new RegExp(`^ {2}.*${word}`, 'm'))
    })
  })

  it('uses Homebrew on macOS, with casks for applications', () => {
    assert.deepEqual(packageStep(tools, mac).commands, [
      ['brew', 'install', 'redis'],
      ['brew', 'install', '--cask', 'google-chrome', 'chromedriver'],
    ])
    assert.deepEqual(packageStep(['driver'], mac).commands, [['brew', 'install', '--cask', 'chromedriver']])
    assert.match(refusalOf(['redis'], { ...mac, manager: 'none' }), /brew install redis/)
  })

  describe('for adb, which only Android needs', () => {
    const noRoot = { ...debian, isRoot: false, hasSudo: true, isTerminal: true }

    it('installs it with other programs, and alone only if no question is needed', () => {
      assert.deepEqual(packagesOf(withAdb, debian), ['redis-server', 'chromium', 'chromium-driver', 'adb'])
      assert.deepEqual(packagesOf(['adb'], debian), ['adb'])
      assert.deepEqual(packagesOf(['redis', 'adb'], noRoot), ['redis-server', 'adb'])
      assert.deepEqual(packageStep(['adb'], mac).commands, [['brew', 'install', '--cask', 'android-platform-tools']])
    })

    it('neither asks nor refuses', () => {
      assert.deepEqual(kinds({ ...ready, missing: ['adb'], system: noRoot }), [])
      assert.deepEqual(kinds({ ...ready, missing: ['adb'], system: { ...debian, manager: 'none' } }), [])
      assert.doesNotMatch(refusalOf(['redis', 'adb'], { ...debian, manager: 'none' }), /adb/)
    })
  })

  it('prints what to install on other systems', () => {
    const text = refusalOf(['driver'], { ...debian, manager: 'none' })
    assert.match(text, /dnf install/)
    assert.match(text, /on the PATH: chromedriver/)
  })

  it('does only what is needed, and never acts and refuses at once', () => {
    fc.assert(
      fc.property(anyFacts, facts => {
        const { steps, refusal } = plan(facts)
        assert.notEqual(steps === undefined, refusal === undefined)
        if (!steps) return assert.ok(facts.missing.length > 0 && (refusal?.length ?? 0) > 1)
        const done = steps.map(step => step.kind)
        assert.equal(done.includes('install'), facts.dependencies === 'stale')
        assert.equal(done.includes('packages'), facts.missing.length > 0)
        assert.equal(done.includes('compile'), facts.build === 'stale' || facts.dependencies === 'stale')
        const sudo = steps.some(step => step.kind === 'packages' && step.commands.flat().includes('sudo'))
        assert.equal(done.includes('consent'), sudo, 'sudo is asked for, and nothing else is')
        if (sudo) assert.ok(facts.system?.isTerminal && facts.system.hasSudo && !facts.system.isRoot)
      }),
    )
  })
})

const version = fc.constantFrom(undefined, '1.2', '2:1snap1-0ubuntu2')
const anyFacts: fc.Arbitrary<Facts> = fc.record({
  dependencies: fc.constantFrom('ready', 'adopt', 'stale'),
  build: fc.constantFrom('ready', 'stale'),
  missing: fc.subarray(tools),
  system: fc.record({
    manager: fc.constantFrom('apt', 'brew', 'none'),
    platform: fc.constantFrom('linux', 'darwin'),
    ubuntu: fc.boolean(),
    candidates: fc.record({ 'redis-server': version, chromium: version, 'chromium-driver': version }),
    isRoot: fc.boolean(),
    hasSudo: fc.boolean(),
    isTerminal: fc.boolean(),
  }),
})

function kinds(facts: Facts): string[] | undefined {
  return plan(facts).steps?.map(step => step.kind)
}

function packageStep(missing: Tool[], system: System) {
  const step = plan({ ...ready, missing, system }).steps?.find(({ kind }) => kind === 'packages')
  assert.ok(step?.kind === 'packages', 'installs packages')
  return step
}

const packagesOf = (missing: Tool[], system: System) => packageStep(missing, system).packages
const refusalOf = (missing: Tool[], system: System) => plan({ ...ready, missing, system }).refusal?.join('\n') ?? ''
const verb = (words: string[]) => words.find(word => word === 'update' || word === 'install')
