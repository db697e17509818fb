// A setup file: holds the messages of the race that a test is about, so that it always happens.
import { network } from 'baton'
import { races } from './races.js'

beforeEach(async function () {
  const race = races.find(({ name }) => this.currentTest?.title.startsWith(`${name}:`))
  for (const { hold, until } of race?.holds ?? []) {
    const condition = network(until.device).waitFor(until.message, until.nth === undefined ? {} : { nth: until.nth })
    await network(hold.device)
      .hold(hold.message, hold.nth === undefined ? {} : { nth: hold.nth })
      .until(condition)
  }
})
