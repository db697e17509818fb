/** A function of `mochaGlobalSetup` or `mochaGlobalTeardown`; all of a module have the same `this`. */
type Fixture = (this: object) => unknown

/** What setup files run before and after all tests of a module. */
export interface GlobalFixtures {
  setup: Fixture[]
  teardown: Fixture[]
}

/** Finds the exports `mochaGlobalSetup` and `mochaGlobalTeardown` of setup files: a function, or a list of functions. */
export function globalFixtures(exports: readonly Record<string, unknown>[]): GlobalFixtures {
  const all = (name: string): Fixture[] =>
    exports.flatMap(each => each[name] ?? []).filter((fixture): fixture is Fixture => typeof fixture === 'function')
  return { setup: all('mochaGlobalSetup'), teardown: all('mochaGlobalTeardown') }
}

/** As mocha, which calls the teardown only if the setup has not failed. */
export async function runWithFixtures({ setup, teardown }: GlobalFixtures, run: () => Promise<void>): Promise<void> {
  const context = {}
  for (const fixture of setup) await fixture.call(context)
  await run()
  for (const fixture of teardown) await fixture.call(context)
}
