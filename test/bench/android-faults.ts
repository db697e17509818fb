// Pulls every knob of a simulated phone in the middle of a module, REPEAT times (default 20) at random moments, and the
// adb server's end as often: `node dist/test/bench/android-faults.js [REPEAT] [SEED] [NAME]`, NAME for one fault alone. Fails at the first
// broken promise.
import { PhoneFarm } from '../support/phone-farm.js'
import { ofAllPhones, phoneFaults } from '../support/phone-faults.js'
import { chatApp, pullKnobs, seeded, type Pulled } from '../support/pull-knobs.js'

const repeat = Number(process.argv[2] ?? 20)
const seed = Number(process.argv[3] ?? 1)
const random = seeded(seed)
const wanted = (name: string): boolean => process.argv[4] === undefined || process.argv[4] === name
const ofOne = phoneFaults.filter(({ name }) => wanted(name))
const ofAll = [ofAllPhones].filter(({ name }) => wanted(name))
const pulled: Pulled[] = []

{
  await using farm = await PhoneFarm.start({
    phones: ofOne.length + 2,
    device: { capabilities: chatApp },
    files: {},
  })
  for (let round = 1; round <= repeat; round++) {
    for (const faults of [ofOne, ofAll]) {
      if (faults.length > 0) pulled.push(...(await pullKnobs(farm, faults, random)))
    }
    process.stderr.write(`round ${round} of ${repeat}\n`)
  }
}

process.stdout.write(`knobs pulled ${repeat} times each, seed ${seed}: no result lost, pools whole, nothing left\n`)
for (const { name } of [...ofOne, ...ofAll]) {
  const all = pulled.filter(({ fault }) => fault === name)
  const noticed = all.flatMap(({ noticedMs }) => noticedMs ?? []).toSorted((a, b) => a - b)
  const times =
    noticed.length === 0
      ? ''
      : `, noticed after ${noticed[Math.floor(noticed.length / 2)]} ms (most ${noticed.at(-1)} ms)`
  process.stdout.write(`${name}: ${noticed.length} of ${all.length} took a phone from its module${times}\n`)
}
