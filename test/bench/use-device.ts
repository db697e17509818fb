import { activeDevice, useDevice } from '../../src/script/index.js'
import { contextOf, inBranch } from '../unit/script/module-in-process.js'

/** Prints what a pass of the baton costs: `node dist/test/bench/use-device.js`. No device is needed, as none is asked. */
async function measure(what: string, passes: number, act: (turn: number) => unknown): Promise<void> {
  await inBranch(contextOf(['alice', 'bob']), async () => {
    const start = performance.now()
    for (let turn = 0; turn < passes; turn++) await act(turn)
    const microseconds = ((performance.now() - start) * 1_000) / passes
    console.log(`${what.padEnd(32)}${microseconds.toFixed(1).padStart(8)} µs`)
  })
}

const name = (turn: number): string => (turn % 2 ? 'alice' : 'bob')

await measure('warming up', 2_000, turn => useDevice(name(turn)))
for (const passes of [100, 1_000, 10_000]) {
  await measure(`useDevice(name), ${passes} in one test`, passes, turn => useDevice(name(turn)))
}
await measure('useDevice(name, callback)', 10_000, turn => useDevice(name(turn), () => {}))
await measure('activeDevice()', 10_000, () => activeDevice())
