import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('duty: someone stays', async () => {
  const app = new RaceApp('duty')
  const leave = async (me: string, looks: number): Promise<string> => {
    await app.enter(me)
    await barrier('all are there')
    for (let look = 0; look < looks; look++) await app.read('ward')
    await app.click('leave')
    return await app.outcome('state', /left|stayed/)
  }
  const states = await parallel({
    alice: () => leave('alice', 0),
    bob: () => leave('bob', 2),
    carol: () => leave('carol', 4),
  })
  expect(Object.values(states)).toContain('stayed')
})
