/**
 * A module that fails if bob is done before alice has begun.
 * @param variable - environment variable with a URL that is fetched before each iteration
 * @param query - code of what is added to the URL
 */
export function raceOnFakeDevices(variable: string, query = "''"): string {
  return `
  import { browser } from '@wdio/globals'
  import { parallel } from 'baton'
  export const devices = { alice: ['phone'], bob: ['phone'] }
  const log = []
  async function act(name) {
    await browser.setOrientation(log.length % 2 === 0 ? 'LANDSCAPE' : 'PORTRAIT')
    log.push(name)
  }
  beforeEach(() => fetch(process.env.${variable} + ${query}))
  it('lets alice begin', async () => {
    await parallel({
      alice: async () => { await act('a1'); await act('a2'); await act('a3') },
      bob: async () => { await act('b1'); await act('b2') },
    })
    if (log.indexOf('b2') < log.indexOf('a1')) throw new Error('bob was quicker')
  })`
}
