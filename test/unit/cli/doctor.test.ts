import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { diagnoseStates } from '../../../drivers/android/android-diagnosis.js'
import { displayProblem } from '../../../drivers/chromium/display.js'
import { diagnoseNode } from '../../../src/cli/doctor/diagnose-machine.js'
import { formatDiagnoses } from '../../../src/cli/doctor/format-diagnoses.js'
import { nodeRange } from '../../../src/cli/node-version.js'

describe('baton doctor', () => {
  it('prints a line for each thing, what to do below it, and the number of problems', () => {
    const text = formatDiagnoses([
      { name: 'Node', state: 'ok', found: '22.12.0' },
      { name: 'devices', state: 'problem', found: 'first\nsecond', fix: 'npx baton init' },
      { name: 'adb', state: 'unused', found: 'missing' },
    ])
    assert.equal(
      text,
      `✓ Node     22.12.0
✗ devices  first
           second
           → npx baton init
– adb      missing
1 problem
`,
    )
    assert.match(formatDiagnoses([{ name: 'Node', state: 'ok', found: '22' }]), /\nready\n$/)
  })

  it('knows the versions of Node that package.json allows', () => {
    assert.equal(
      (JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }).engines.node,
      nodeRange,
    )
    const states = ['18.20.0', '20.18.1', '20.19.0', '21.1.0', '22.11.0', '22.12.0', '23.0.0', '24.0.0', '26.1.0']
    assert.deepEqual(
      states.filter(version => diagnoseNode(version).state === 'ok'),
      ['20.19.0', '22.12.0', '24.0.0', '26.1.0'],
    )
    assert.match(diagnoseNode('18.20.0').fix ?? '', /install Node/)
  })

  it('requires a display on Linux only', () => {
    assert.ok(displayProblem({}, 'linux'))
    assert.ok(displayProblem({ DISPLAY: '' }, 'linux'))
    assert.equal(displayProblem({ DISPLAY: ':0' }, 'linux'), undefined)
    assert.equal(displayProblem({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux'), undefined)
    assert.equal(displayProblem({}, 'darwin'), undefined)
  })

  it('says of each phone what keeps it from being used', () => {
    const named = (name: string, udid?: string) => ({ name, keys: udid === undefined ? {} : { udid } })
    const stated = (states: Record<string, string>, ...phones: ReturnType<typeof named>[]) =>
      diagnoseStates(phones, new Map(Object.entries(states))).map(({ state, found, fix }) => [state, found, fix])
    assert.deepEqual(stated({ R1: 'device' }, named('a', 'R1')), [['ok', 'R1', undefined]])
    const [unauthorized, absent] = stated({ R1: 'unauthorized' }, named('a', 'R1'), named('b', 'R2'))
    assert.deepEqual(unauthorized?.slice(0, 2), ['problem', 'R1: unauthorized'])
    assert.match(unauthorized?.[2] ?? '', /allow USB debugging/)
    assert.deepEqual(absent, ['problem', 'b (R2) is not attached', 'plug it in; see: adb devices'])
    assert.match(stated({}, named('any'))[0]?.[1] ?? '', /none is attached/)
  })
})
