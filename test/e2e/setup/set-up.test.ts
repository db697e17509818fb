import assert from 'node:assert/strict'
import { Clone, type Outcome } from './clone.js'

const apt = 'if (args.includes("install")) install("redis-server", "chromium", "chromedriver", "adb")'
const npmCi = 'npm ci --include=dev --ignore-scripts --no-audit --no-fund'

describe('setup', () => {
  let clone: Clone
  beforeEach(() => {
    clone = new Clone()
  })
  afterEach(() => clone.dispose())

  it('installs and compiles everything on a fresh machine, and nothing the second time', async () => {
    clone.stub('apt-get', apt)
    assertReady(await clone.setUp())
    const packages = 'redis-server chromium chromium-driver adb'
    assert.deepEqual(clone.calls(), [
      'apt-cache policy redis-server chromium chromium-driver adb',
      'apt-cache policy redis-server chromium chromium-driver adb',
      'apt-get update -q',
      `apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 ${packages}`,
      npmCi,
    ])
    assert.ok(clone.has('dist/src/main.js'))

    const calls = clone.calls()
    const second = await clone.setUp()
    assertReady(second)
    assert.equal(second.stderr, '', 'silent where there is nothing to do')
    assert.deepEqual(clone.calls(), calls)
  })

  it('retries a failed installation once with updated package lists', async () => {
    clone.stub(
      'apt-cache',
      `for (const name of args.slice(1)) console.log(name + ':\\n  Installed: (none)\\n  Candidate: 1.0')`,
    )
    clone.stub(
      'apt-get',
      `if (args[0] === 'update') fs.writeFileSync('updated', ''); else if (!fs.existsSync('updated')) process.exit(100)\n${apt}`,
    )
    assertReady(await clone.setUp())
    const verbs = clone.calls().filter(call => call.startsWith('apt-get'))
    assert.deepEqual(
      verbs.map(call => call.split(' ')[1]),
      ['install', 'update', 'install'],
    )
  })

  it("continues without adb if it can't be installed, and does not try again", async () => {
    clone.installPrograms()
    clone.remove('machine/adb')
    clone.stub('apt-get', 'console.error("E: no adb"); process.exit(100)')
    const first = await clone.setUp()
    assertReady(first)
    assert.match(first.stderr, /adb could not be installed; only Android devices need it/)
    clone.write('node_modules/.baton-no-adb', '')
    const calls = clone.calls().length
    assert.equal((await clone.setUp()).stderr, '')
    assert.equal(clone.calls().length, calls)
  })

  it('exits with 3, the output and the command if an installation fails', async () => {
    clone.stub('apt-get', 'console.error("E: no space left"); process.exit(100)')
    const { code, stderr } = await clone.setUp()
    assert.equal(code, 3)
    assert.match(stderr, /E: no space left/)
    assert.match(stderr, /^ {2}apt-get install .*redis-server/m)
    assert.ok(!clone.calls().includes(npmCi), 'goes no further')
  })

  it('exits with 3 if an installation succeeded but the program is still missing', async () => {
    clone.stub('apt-get', 'install("redis-server", "chromedriver")')
    const { code, stderr } = await clone.setUp()
    assert.equal(code, 3)
    assert.match(stderr, /succeeded, but Chromium \(or Chrome\) is missing/)
  })

  it('does not accept a snap stub as a browser', async () => {
    clone.installPrograms()
    clone.stub('chromium', '// exec /snap/bin/chromium "$@"')
    const { code, stderr } = await clone.setUp({ osRelease: 'ID=ubuntu\nID_LIKE=debian\n' })
    assert.equal(code, 3)
    assert.match(stderr, /google-chrome-stable_current/)
  })

  it('asks before it uses sudo, and accepts a no', async () => {
    clone.stub('apt-get', apt)
    clone.stub('sudo', `require('node:child_process').execFileSync(args[2], args.slice(3), { stdio: 'inherit' })`)
    const asked = { isRoot: false, isTerminal: true }
    const no = clone.start(asked)
    no.child.stdin?.end('n\n')
    const refused = await no.ended
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /Run it now\? \[Y\/n\]/)
    assert.ok(!clone.calls().some(call => call.startsWith('sudo')))

    const yes = clone.start(asked)
    yes.child.stdin?.end('y\n')
    assertReady(await yes.ended)
    assert.ok(clone.calls().some(call => call.startsWith('sudo env DEBIAN_FRONTEND=noninteractive apt-get install')))
  })

  it('honours BATON_SETUP=skip', async () => {
    const { code, stderr } = await clone.script({ BATON_SETUP: 'skip' })
    assert.deepEqual({ code, stderr, calls: clone.calls() }, { code: 0, stderr: '', calls: [] })
  })

  describe('if all programs are installed', () => {
    beforeEach(() => clone.installPrograms())

    it('installs npm packages again if the lock file has changed', async () => {
      assertReady(await clone.setUp())
      clone.write('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } }))
      assertReady(await clone.setUp())
      assert.deepEqual(clone.calls(), [npmCi, npmCi])
    })

    it('does not repeat an installation that was made by hand', async () => {
      assertReady(await clone.setUp())
      clone.remove('node_modules/.baton-dependencies.json')
      assertReady(await clone.setUp())
      assert.deepEqual(clone.calls(), [npmCi])
      assert.ok(clone.has('node_modules/.baton-dependencies.json'))
    })

    it("exits with 1 and the compiler's output, and recovers", async () => {
      clone.write('src/main.ts', 'export const answer: number = "no"\n')
      for (const _time of ['first', 'second']) {
        const { code, stderr } = await clone.setUp()
        assert.equal(code, 1)
        assert.match(stderr, /src\/main\.ts.*TS2322/)
      }
      clone.write('src/main.ts', 'export const answer: number = 1\n')
      assertReady(await clone.setUp())
    })

    it('compiles if a source changes, and removes the output of deleted sources', async () => {
      clone.write('src/gone.ts', 'export {}\n')
      assertReady(await clone.setUp())
      assert.ok(clone.has('dist/src/gone.js'))
      clone.remove('src/gone.ts')
      const { stderr } = await clone.setUp()
      assert.match(stderr, /compiling/)
      assert.ok(!clone.has('dist/src/gone.js'))
      assert.ok(clone.has('dist/src/main.js'))
    })

    it('compiles if someone has compiled other sources since', async () => {
      assertReady(await clone.setUp())
      clone.write('dist/.tsbuildinfo', '{}')
      assert.match((await clone.setUp()).stderr, /compiling/)
      assert.equal((await clone.setUp()).stderr, '')
    })

    it('runs once if it is started twice: the second waits and has nothing to do', async () => {
      const gate = await clone.gate()
      const first = clone.start({}, gate.env)
      const npm = await gate.reached
      const second = clone.start()
      await second.says('waiting for another setup of this clone')
      npm.write('go')
      for (const outcome of await Promise.all([first.ended, second.ended])) assertReady(outcome)
      assert.deepEqual(clone.calls(), [npmCi])
    })

    it('repairs an interrupted installation', async () => {
      const gate = await clone.gate()
      const first = clone.start({}, gate.env)
      const npm = await gate.reached
      first.child.kill('SIGKILL')
      await first.ended
      const second = clone.start()
      // npm outlives its setup here, and works in the folder still: it must end before it is started anew.
      await second.says('waiting for another setup of this clone')
      assert.deepEqual(clone.calls(), [npmCi])
      npm.destroy()
      assertReady(await second.ended)
      assert.deepEqual(clone.calls(), [npmCi, npmCi])
      assert.ok(clone.has('dist/src/main.js'))
    })

    it('forwards a signal to its child and ends by it', async () => {
      const gate = await clone.gate()
      const first = clone.start({}, gate.env)
      const npm = await gate.reached
      const npmEnded = new Promise<void>(resolve => npm.once('close', () => resolve()))
      npm.on('error', () => {}).resume()
      first.child.kill('SIGTERM')
      assert.equal((await first.ended).signal, 'SIGTERM')
      await npmEnded
      assertReady(await clone.setUp())
    })
  })
})

function assertReady({ code, stderr }: Outcome): void {
  assert.equal(code, 0, stderr)
}
