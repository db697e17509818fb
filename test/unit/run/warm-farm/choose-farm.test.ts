import assert from 'node:assert/strict'
import { chooseFarm, differences, type FoundFarm, type RunningFarm } from '../../../../src/run/warm-farm/choose-farm.js'

const facts = { '--devices': '/p/devices.json', '--headed': 'false', 'devices.json': 'a', 'package-lock.json': 'x' }
const running: RunningFarm = {
  state: 'running',
  pid: 7,
  facts,
  users: 0,
  isLeaving: false,
  faults: [],
  exclusive: [],
}
const wanted = { facts, exclusive: [], keepsWarm: false }

describe('chooseFarm', () => {
  it('uses a farm that is as a new one would be, also if others use it', () => {
    for (const users of [0, 3]) assert.deepEqual(chooseFarm({ ...running, users }, wanted), { do: 'use' })
  })

  it('starts one that stays only if the command keeps farms warm and can use one', () => {
    assert.deepEqual(chooseFarm({ state: 'none' }, wanted), { do: 'cold' })
    assert.deepEqual(chooseFarm({ state: 'none' }, { ...wanted, keepsWarm: true }), { do: 'start' })
    assert.deepEqual(chooseFarm({ state: 'none' }, { ...wanted, keepsWarm: true, needsOwn: '--inspect' }), {
      do: 'cold',
    })
  })

  for (const [what, changed] of Object.entries({
    'a changed fact': { ...facts, 'package-lock.json': 'y' },
    'a fact that is gone': { '--devices': '/p/devices.json', '--headed': 'false', 'devices.json': 'a' },
    'a new fact': { ...facts, 'yarn.lock': 'z' },
  })) {
    it(`replaces an unused farm because of ${what}, and names it`, () => {
      const choice = chooseFarm(running, { ...wanted, facts: changed, keepsWarm: false })
      assert.equal(choice.do, 'replace')
      assert.match(
        (choice as { note: string }).note,
        /^(?:package-lock\.json|yarn\.lock) has changed: the warm farm is replaced$/,
      )
    })
  }

  it('leaves a changed farm to those who use it, and has it end after them', () => {
    const choice = chooseFarm(
      { ...running, users: 1 },
      { ...wanted, facts: { ...facts, 'devices.json': 'b' }, keepsWarm: true },
    )
    assert.deepEqual(choice, {
      do: 'cold',
      ends: 'later',
      note: 'devices.json has changed, and another command still uses the warm farm: starting a private farm for this run',
    })
  })

  it('replaces a farm with a device that a new one might get to work', () => {
    const choice = chooseFarm({ ...running, faults: ['device alice is quarantined'] }, wanted)
    assert.deepEqual(choice, { do: 'replace', note: 'device alice is quarantined: the warm farm is replaced' })
  })

  it('lists the first of many changes', () => {
    const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map(name => [name, '1']))
    const choice = chooseFarm(running, { ...wanted, facts: { ...facts, ...many }, keepsWarm: false })
    assert.match((choice as { note: string }).note, /^a has changed, b has changed, c has changed, 2 more:/)
  })

  for (const [option, other] of [
    ['--devices', '/p/other.json'],
    ['--headed', 'true'],
  ] as const) {
    it(`starts a farm for this command alone if its ${option} differs, and keeps the warm one`, () => {
      const choice = chooseFarm(running, { ...wanted, facts: { ...facts, [option]: other }, keepsWarm: true })
      assert.deepEqual(choice, {
        do: 'cold',
        note: `the warm farm was started with a different ${option}: starting a private farm for this run`,
      })
    })
  }

  for (const [part, others] of [
    ['the phones', ['gateway port 4700']],
    ['gateway port 4700', ['gateway port 4701', 'the phones']],
  ] as const) {
    it(`ends an unused farm that has ${part} only if a private farm needs the same`, () => {
      const found = { ...running, exclusive: [part] }
      const needsOwn = '--inspect needs the terminal'
      const choice = chooseFarm(found, { ...wanted, exclusive: [part], needsOwn })
      assert.deepEqual(choice, {
        do: 'cold',
        ends: 'now',
        note: `${needsOwn}, and only one farm can use ${part}: stopping the warm farm and starting a private farm for this run`,
      })
      const cold = { do: 'cold', note: `${needsOwn}: starting a private farm for this run` }
      assert.deepEqual(chooseFarm(found, { ...wanted, exclusive: others, needsOwn }), cold)
      assert.deepEqual(chooseFarm({ ...found, users: 1 }, { ...wanted, exclusive: [part], needsOwn }), cold)
    })
  }

  it('waits for a farm that starts or ends, and not for one that others still use', () => {
    assert.equal(chooseFarm({ state: 'changing', pid: 7 }, wanted).do, 'wait')
    assert.equal(chooseFarm({ ...running, isLeaving: true }, wanted).do, 'wait')
    assert.equal(chooseFarm({ ...running, isLeaving: true, users: 1 }, wanted).do, 'cold')
  })

  it('says that a farm has died, and starts another one', () => {
    const died: FoundFarm = { state: 'died', pid: 7, facts }
    const other = { ...wanted, facts: { ...facts, '--headed': 'true' }, keepsWarm: false }
    assert.deepEqual(chooseFarm(died, other), {
      do: 'cold',
      note: 'the warm farm (process 7) has died (its log: .baton/farm.log): starting a private farm for this run',
    })
    for (const keepsWarm of [true, false]) {
      assert.deepEqual(chooseFarm(died, { ...wanted, keepsWarm }), {
        do: 'start',
        note: 'the warm farm (process 7) has died (its log: .baton/farm.previous.log): starting another one',
      })
    }
    assert.equal(chooseFarm(died, { ...wanted, needsOwn: '--inspect' }).do, 'cold')
  })

  it('replaces a farm that does not answer, and never one that belongs to somebody else', () => {
    assert.equal(chooseFarm({ state: 'silent', pid: 7 }, wanted).do, 'replace')
    const foreign: FoundFarm = { state: 'foreign', why: 'belongs to another user', isRemovable: false }
    for (const keepsWarm of [true, false]) {
      assert.deepEqual(chooseFarm(foreign, { ...wanted, keepsWarm }), {
        do: 'cold',
        note: 'the warm farm of this folder belongs to another user: starting a private farm for this run',
      })
    }
    const choice = chooseFarm({ ...foreign, isRemovable: true }, wanted)
    assert.match((choice as { note: string }).note, /baton farm stop --now removes its record/)
  })
})

describe('differences', () => {
  it('takes names of built-in properties for facts like others', () => {
    assert.deepEqual(differences({}, { constructor: 'x' }), ['constructor'])
  })
})
