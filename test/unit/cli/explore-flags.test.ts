import assert from 'node:assert/strict'
import type { Option } from 'commander'
import { exploreRequestOf, refuseRunOptions, type ExploreFlags } from '../../../src/cli/explore-flags.js'
import { createProgram } from '../../../src/cli/program.js'
import { BatonErrors } from '../../../src/error/baton-error.js'

const flags = (given: Partial<ExploreFlags> = {}): ExploreFlags => ({ output: 'baton-report', ...given })

/** What commander makes of arguments. */
async function parse(command: string, ...args: string[]): Promise<Record<string, unknown>> {
  const program = createProgram(() => {})
  const found = program.commands.find(each => each.name() === command) ?? assert.fail(command)
  let given: Record<string, unknown> = {}
  for (const each of program.commands) each.configureOutput({ writeErr: () => {} })
  found.action((_: unknown, options: Record<string, unknown>) => void (given = options))
  await program.parseAsync(['node', 'baton', command, ...args])
  return given
}

describe('the options of baton explore', () => {
  it('have defaults: five minutes, strategy mix, a random seed, until the first bug', () => {
    const { seed, ...request } = exploreRequestOf(flags())
    assert.ok(Number.isInteger(seed) && seed >= 0)
    assert.deepEqual(request, {
      do: 'explore',
      strategy: 'mix',
      totalMs: 300_000,
      untilBug: true,
      maxDecisions: 1_000,
      failOnFlakyServer: false,
    })
  })

  it('have no limit of time with --iterations, unless both are given', () => {
    assert.equal(exploreRequestOf(flags({ iterations: 40 })).totalMs, undefined)
    const { iterations, totalMs } = exploreRequestOf(flags({ iterations: 40, minutes: 30_000 }))
    assert.deepEqual([iterations, totalMs], [40, 30_000])
  })

  it('are parsed from the command line', async () => {
    const given = await parse('explore', 'a.ts', '--minutes', '0.5', '--seed', '0', '--strategy', 'pct:3', '--all')
    const { totalMs, seed, strategy, untilBug } = exploreRequestOf(given as unknown as ExploreFlags)
    assert.deepEqual([totalMs, seed, strategy, untilBug], [30_000, 0, 'pct:3', false])
    for (const wrong of [
      '--minutes=0',
      '--minutes=x',
      '--minutes=-1',
      '--iterations=0',
      '--iterations=1.5',
      '--seed=-1',
    ])
      await assert.rejects(parse('explore', 'a.ts', wrong), /expected/, wrong)
    await assert.rejects(parse('replay', 'f.json', '--times=0'), /expected a whole number from 1/)
    await assert.rejects(parse('replay'), /missing required argument/)
  })

  it('are refused if they contradict each other or are unknown', () => {
    assert.throws(() => exploreRequestOf(flags({ all: true, untilBug: true })), /expected --until-bug or --all/)
    assert.throws(() => exploreRequestOf(flags({ strategy: 'rnd' })), /expected a strategy .* found 'rnd'/)
  })

  it('are those of baton run, or refused with a hint', () => {
    const program = createProgram(() => {})
    const optionsOf = (name: string): readonly Option[] =>
      program.commands.find(command => command.name() === name)?.options ?? []
    for (const command of ['explore', 'replay'] as const) {
      const own = optionsOf(command)
      for (const option of optionsOf('run').filter(({ hidden }) => !hidden)) {
        const found = own.find(({ long }) => long === option.long) ?? assert.fail(`${command} ${option.long}`)
        const refuse = (): void => refuseRunOptions(command, flags({ [found.attributeName()]: true }))
        if (found.hidden) assert.throws(refuse, /expected no --/, option.long)
        else refuse()
      }
    }
  })

  it('are refused with one error, naming what is wrong', async () => {
    for (const [args, expected] of [
      [['--strategy', 'pct:x'], /expected 'pct:N' with N from 1 to 100, found 'pct:x'/],
      [['--strategy', 'pct:0'], /expected 'pct:N'/],
      [['--strategy', 'pct:'], /expected 'pct:N'/],
      [['--strategy', 'pct:3:4'], /expected 'pct:N'/],
      [['--strategy', 'delay:-1'], /expected 'delay:N' .* found 'delay:-1'/],
      [['--strategy', 'delay:1.5'], /expected 'delay:N'/],
      [['--strategy', 'delay:1e9'], /expected 'delay:N'/],
      [['--strategy', 'random:3'], /strategy 'random' has no number/],
      [['--strategy', ''], /expected a strategy .* found ''/],
      [['--strategy', 'Mix'], /expected a strategy .* found 'Mix'/],
      [['--strategy', '__proto__'], /expected a strategy .* found '__proto__'/],
      [['--seed', '1000000000'], /expected a whole number from 0 to 999999999/],
      [['--seed', '0x10'], /expected a whole number/],
      [['--seed', ''], /expected a whole number/],
      [['--minutes', '1e3'], /expected minutes, more than 0/],
      [['--minutes', '100000'], /expected minutes/],
      [['--minutes', 'NaN'], /expected minutes/],
      [['--iterations', '1e9'], /expected a whole number from 1/],
      [['--max-decisions', '0'], /expected a whole number from 1/],
      [['--max-decisions', '-1'], /expected a whole number from 1/],
      [['--parallel', '0'], /expected a whole number from 1/],
      [['--all', '--until-bug'], /expected --until-bug or --all, found both/],
      [['--trace', 'on'], /expected no --trace, found it/],
      [['--video', 'on'], /expected no --video, found it/],
      [['--headed'], /expected no --headed, found it/],
    ] as const) {
      const act = async (): Promise<unknown> => {
        const given = (await parse('explore', 'a.ts', ...args)) as unknown as ExploreFlags
        refuseRunOptions('explore', given)
        return exploreRequestOf(given)
      }
      await assert.rejects(act, expected, args.join(' '))
    }
    const sane = await parse('explore', 'a.ts', '--fail-on-flaky-server', '--max-decisions=1', '--parallel=3')
    const { failOnFlakyServer, maxDecisions, parallel } = exploreRequestOf(sane as unknown as ExploreFlags)
    assert.deepEqual([failOnFlakyServer, maxDecisions, parallel], [true, 1, 3])
  })

  it('are not those of baton run that make no sense', async () => {
    for (const [command, args, options] of [
      ['explore', ['a.ts', '--detach', '--shard', '1/2', '--retries=2'], ['--detach', '--shard', '--retries']],
      ['explore', ['a.ts', '--every=tablet', '--update-snapshots'], ['--every', '--update-snapshots']],
      ['replay', ['f.json', '--bail', '--last-failed', '--parallel=2'], ['--bail', '--last-failed', '--parallel']],
    ] as const) {
      const given = (await parse(command, ...args)) as unknown as ExploreFlags
      assert.throws(
        () => refuseRunOptions(command, given),
        (error: unknown) => {
          assert.ok(error instanceof BatonErrors)
          const found = error.errors.map(({ message }) => /--[\w-]+/.exec(message)?.[0] ?? '')
          assert.deepEqual(new Set(found), new Set<string>(options))
          assert.ok(error.errors.every(({ hint }) => hint !== undefined))
          return true
        },
      )
    }
    refuseRunOptions(
      'explore',
      (await parse('explore', 'a.ts', '--last-failed', '--grep=x')) as unknown as ExploreFlags,
    )
  })
})
