import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RunRecord } from '../../src/report/run-record.js'
import { eventually } from '../integration/process/alive.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { adbEnvironment } from '../support/phone-farm.js'
import { playVideos } from '../support/browser-videos.js'
import { RedisServer } from '../support/redis-server.js'
import { faultsOfJunit, faultsOfRunJson } from '../support/report-schemas.js'
import { Project, type CliResult } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft } from './support/processes.js'

const report = 'baton-report/latest'
/** A module that drives its devices one after the other, and stands at a gate of its own where there is one. */
const module = (end: string, ...roles: string[]): string => {
  const name = end === '' ? 'passes' : 'fails'
  return `
  import { useDevice } from 'baton'
  it('${name}', async () => {
    ${roles.map(role => `await (await useDevice('${role}')).getPageSource()`).join('; ')}
    if (process.env.GATE) await fetch(process.env.GATE + '/${name}')
    ${end}
  })`
}
const passes = module('', 'alice', 'bob')
const fails = module("throw new Error('no')", 'alice', 'bob')

describe('videos of a run', function () {
  let phones: Phones
  const projects: Project[] = []
  before(async () => {
    phones = await startPhones({ count: 2 })
  })
  after(async () => {
    projects.forEach(project => project.remove())
    await phones.stop()
  })

  const phone = (name: string, at: number, keys: object = {}): object => ({
    name,
    driver: 'android',
    udid: phones.phones[at]?.serial,
    adb: { port: phones.adbPort },
    ...keys,
  })
  const project = (devices: object[], files: Record<string, string | object>): Project => {
    const made = new Project({ 'devices.json': { devices }, ...files })
    projects.push(made)
    return made
  }
  const record = (made: Project): RunRecord => JSON.parse(made.read(`${report}/run.json`)) as RunRecord
  /** `file/attempt/…` of all that lies in the report. */
  const videos = (made: Project): string[] =>
    readdirSync(path.join(made.directory, report), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.mp4'))
      .toSorted()
  const listed = (made: Project): string[] =>
    record(made)
      .modules.flatMap(({ attempts }) => attempts.flatMap(({ artifacts }) => artifacts))
      .flatMap(({ kind, path: file }) => (kind === 'video' ? [file] : []))
      .toSorted()
  const countRecordings = async (): Promise<number> => {
    const ask = 'pidof screenrecord || true'
    const pids = phones.phones.map(async ({ serial }) => phones.adbServer?.adb('-s', serial, 'shell', ask))
    return (await Promise.all(pids)).filter(text => text?.trim() !== '').length
  }
  const assertNoRecordings = async (): Promise<void> =>
    void (await eventually('nothing is recorded', async () => (await countRecordings()) === 0))
  /** Changes the screens until more than this many bytes of each device's recording are on disk. */
  const waitForRecordings = async (made: Project, devices: readonly string[], minBytes = 0): Promise<void> => {
    // A frame is complete when the next one starts.
    const show = ['am start -n baton.chat/.MainActivity', 'input keyevent 3']
    const isRecorded = async (): Promise<boolean> => {
      show.reverse()
      const shown = phones.phones.map(async ({ serial }) => phones.adbServer?.adb('-s', serial, 'shell', show[0] ?? ''))
      await Promise.all(shown)
      return devices.every(device => recordedBytes(made, device) > minBytes)
    }
    await eventually(`${devices.join(', ')} are recorded`, isRecorded)
  }
  /** Runs it, and opens the gate when these devices are recorded: nothing else waits for a recording to start. */
  const runRecorded = async (
    made: Project,
    { gate, recorded }: { gate: 'passes' | 'fails'; recorded: readonly string[] },
    ...args: string[]
  ): Promise<CliResult> => {
    await using gates = await GateKeeper.start()
    gates.open(gate === 'fails' ? 'passes' : 'fails')
    const cli = made.start(['run', ...args, ...gates.args], adbEnvironment(phones))
    const first = await Promise.race([gates.arrival(gate), cli.done])
    if ('workerPid' in first) await waitForRecordings(made, recorded)
    gates.open(gate)
    // the gates are there until its end
    return await cli.done
  }

  it('exist for each device of a failed module, are listed and can be played; a passed module has none', async () => {
    const made = project([phone('alice', 0), phone('bob', 1)], { 'fails.ts': fails, 'passes.ts': passes })
    const both = { gate: 'fails', recorded: ['alice', 'bob'] } as const
    const { exitCode, stdout, stderr } = await runRecorded(made, both, '*.ts', '--video', 'retain-on-failure')
    assert.equal(exitCode, 1, stderr + stdout)
    const expected = ['alice', 'bob'].map(role => `artifacts/fails.ts/1/module/${role}-video.mp4`)
    assert.deepEqual([videos(made), listed(made)], [expected, expected])
    assert.match(stdout, /videos:\n +baton-report\/\S+\/alice-video\.mp4\n +baton-report\/\S+\/bob-video\.mp4\n/)
    assert.match(made.read(`${report}/junit.xml`), /\[\[ATTACHMENT\|baton-report\/[^|]+\/module\/bob-video\.mp4\]\]/)
    assert.deepEqual(faultsOfRunJson(made.read(`${report}/run.json`)), [])
    assert.deepEqual(await faultsOfJunit(made.read(`${report}/junit.xml`)), [])
    const seen = await playVideos(...expected.map(file => readFileSync(path.join(made.directory, report, file))))
    assert.deepEqual(
      seen.map(({ size, seconds }) => [size, seconds > 0]),
      [
        ['144x320', true],
        ['144x320', true],
      ],
    )
    await assertNothingLeft(made)
    await assertNoRecordings()
  })

  it('exist for passed modules if requested, for the devices that devices.json selects', async () => {
    const made = project([phone('alice', 0, { video: 'on' }), phone('bob', 1)], { 'passes.ts': passes })
    const { exitCode, stdout, stderr } = await runRecorded(made, { gate: 'passes', recorded: ['alice'] }, 'passes.ts')
    assert.equal(exitCode, 0, stderr + stdout)
    assert.deepEqual(videos(made), ['artifacts/passes.ts/1/module/alice-video.mp4'])
    assert.deepEqual(listed(made), videos(made))
  })

  it('are not made if the command line turns them off', async () => {
    const files = { 'fails.ts': module("throw new Error('no')", 'alice') }
    const made = project([phone('alice', 0, { video: 'on' })], files)
    const { exitCode, stderr } = await made.run(['run', 'fails.ts', '--video', 'off'], adbEnvironment(phones))
    assert.equal(exitCode, 1, stderr)
    assert.deepEqual([videos(made), listed(made)], [[], []])
  })

  it('never change a module if they cannot be recorded: its failure shows why', async () => {
    await phones.phones[1]?.set({ noEncoder: true })
    const made = project([phone('alice', 0), phone('bob', 1), { name: 'carol', driver: 'chromium' }], {
      'fails.ts': module("throw new Error('no')", 'alice', 'bob', 'carol'),
    })
    // What bob's screenrecord said has come before the answers to what bob is told meanwhile.
    const alice = { gate: 'fails', recorded: ['alice'] } as const
    const { exitCode, stdout, stderr } = await runRecorded(made, alice, 'fails.ts', '--video', 'on')
    await phones.phones[1]?.set({ noEncoder: false })
    assert.equal(exitCode, 1, stderr + stdout)
    assert.deepEqual(videos(made), ['artifacts/fails.ts/1/module/alice-video.mp4'])
    const reason = 'screenrecord: ERROR: unable to create video/avc codec instance'
    assert.ok(stdout.includes(`no video of bob: ${reason}\n`), stdout)
    assert.ok(!stdout.includes('no video of carol'))
    const { missing, counts } = record(made).modules[0]?.attempts[0] ?? {}
    assert.deepEqual([missing, counts?.failed], [[{ role: 'bob', device: 'bob', kind: 'video', reason }], 1])
    assert.deepEqual(faultsOfRunJson(made.read(`${report}/run.json`)), [])
  })

  it('come from devices of other hosts too, and leave nothing in Redis', async () => {
    await using redis = await RedisServer.start()
    const made = project([phone('alice', 0)], {
      'bob.json': { devices: [phone('bob', 1)] },
      'fails.ts': fails,
    })
    const url = `unix://${redis.socket}`
    const hosts = ['devices.json', 'bob.json'].map(file => {
      const args = ['host', '--devices', file, '--name', file, '--redis', url]
      return made.start(args, adbEnvironment(phones))
    })
    try {
      await Promise.all(hosts.map(async host => host.line('baton host: ready')))
      const both = { gate: 'fails', recorded: ['alice', 'bob'] } as const
      const { exitCode, stdout, stderr } = await runRecorded(made, both, 'fails.ts', '--redis', url, '--video', 'on')
      assert.equal(exitCode, 1, stderr + stdout)
      assert.deepEqual(
        videos(made),
        ['alice', 'bob'].map(role => `artifacts/fails.ts/1/module/${role}-video.mp4`),
      )
      assert.deepEqual(await redis.connect().keys('*artifacts*'), [])
    } finally {
      for (const host of hosts) host.child.kill('SIGTERM')
      await Promise.all(hosts.map(async host => host.done))
    }
  })

  it('show an attempt until its phone was unplugged', async () => {
    const gates = await GateKeeper.start()
    const made = project([phone('alice', 0)], { 'gate.ts': gateModule('gate', 'alice') })
    const run = ['run', 'gate.ts', '--json', '--video', 'retain-on-failure', ...gates.args]
    try {
      const cli = made.start(run, adbEnvironment(phones))
      await gates.arrival('gate')
      await waitForRecordings(made, ['alice'], 200_000)
      await phones.phones[0]?.unplug()
      await cli.event('attempt:end', ({ verdict }) => verdict === 'infrastructure')
      gates.open('gate')
      await phones.phones[0]?.plug()
      const { exitCode, stderr } = await cli.done
      assert.equal(exitCode, 0, stderr)
      const kept = made.events().filter(event => event.type === 'artifact' && event.kind === 'video')
      const [first] = record(made).modules[0]?.attempts ?? []
      assert.equal(first?.verdict, 'infrastructure')
      const videosOfFirst = first.artifacts.filter(({ kind }) => kind === 'video')
      assert.deepEqual([listed(made).length, kept.length, videosOfFirst.length], [1, 1, 1])
    } finally {
      await gates[Symbol.asyncDispose]()
    }
  })

  it('leave nothing on the phone and on this machine if everything is killed', async () => {
    const gates = await GateKeeper.start()
    const made = project([phone('alice', 0)], { 'gate.ts': gateModule('gate', 'alice') })
    const files = async (): Promise<string | undefined> =>
      phones.adbServer?.adb('-s', phones.phones[0]?.serial ?? '', 'shell', 'ls /sdcard; ls /data/local/tmp')
    const before = await files()
    try {
      const cli = made.start(['run', 'gate.ts', '--json', '--video', 'on', ...gates.args], adbEnvironment(phones))
      await gates.arrival('gate')
      await eventually('it is recorded', async () => (await countRecordings()) === 1)
      cli.child.kill('SIGKILL')
      await cli.done
      await assertNothingLeft(made)
      await assertNoRecordings()
      assert.equal(await files(), before)
    } finally {
      await gates[Symbol.asyncDispose]()
    }
  })

  it('are refused if no device can be recorded', async () => {
    const made = project([{ name: 'carol', driver: 'fake' }], { 'one.ts': `it('passes', () => {})` })
    const flag = await made.run(['run', 'one.ts', '--video', 'on'])
    assert.equal(flag.exitCode, 2, flag.stderr)
    assert.match(flag.stderr, /--video on: expected a device that can record video \(driver: android\), found none in/)
    made.write({ 'devices.json': { devices: [{ name: 'carol', driver: 'fake', video: 'on' }] } })
    const key = await made.run(['run', 'one.ts'])
    assert.equal(key.exitCode, 2, key.stderr)
    assert.match(key.stderr, /expected 'off' with driver 'fake', which records no video, found "on"/)
    const typo = await made.run(['run', 'one.ts', '--video', 'always'])
    assert.equal(typo.exitCode, 2)
    assert.match(typo.stderr, /Allowed choices are off, on, retain-on-failure/)
  })
})

/** Size of a device's unfinished recordings on this machine. */
function recordedBytes({ temporary }: Project, device: string): number {
  const files = filesIn(temporary).flatMap(host => filesIn(path.join(host, 'devices', device)).flatMap(filesIn))
  const segments = files.filter(file => file.endsWith('.h264'))
  return segments.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** Empty if the folder does not exist. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map(name => path.join(folder, name))
  } catch {
    return []
  }
}
