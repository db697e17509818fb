/** A tenth of the modules has three roles and a third has two, on different hosts: racks don't share one. */
const selectors = (index: number): Record<string, string[]> => {
  if (index % 10 === 0) return { a: ['rack=0'], b: ['rack=1'], c: ['platform=fake'] }
  if (index % 3 === 0) return { a: ['rack=0'], b: ['rack=1'] }
  return { a: ['platform=fake'] }
}

const nameOf = (index: number): string => `m/${String(index).padStart(4, '0')}.ts`

/** Modules that print a mark of their own and send it to their devices, in turn, for a while. By file. */
export function chaosModules(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), moduleText(selectors(index))]))
}

/** Some of them, for one run. */
export function pickModules([least, most]: readonly [number, number], random: () => number): string[] {
  const count = least + Math.floor(random() * (most - least + 1))
  return Array.from({ length: most }, (_, index) => nameOf(index))
    .toSorted(() => random() - 0.5)
    .slice(0, count)
}

function moduleText(roles: Record<string, string[]>): string {
  return `
import { browser } from '@wdio/globals'
import { useDevice } from 'baton'
export const devices = ${JSON.stringify(roles)}
it('acts', async () => {
  const mark = process.pid + '-' + Math.random().toString(36).slice(2)
  console.log('mark ' + mark)
  for (let turn = 0; turn < 4; turn++) {
    ${Object.keys(roles)
      .map(role => `await useDevice('${role}')\n    await browser.url('mark:' + mark)`)
      .join('\n    ')}
    await new Promise(resolve => setTimeout(resolve, 50))
  }
})
`
}
