import { stripVTControlCharacters } from 'node:util'

/** How one test, or a hook that failed, ended in one of the two runners. */
export interface ObservedTest {
  /** Relative to the folder that is compared. */
  file: string
  /** Titles of suites and test, joined by a space. */
  title: string
  state: 'passed' | 'failed' | 'pending'
  /** First lines of what failed it. */
  message?: string
}

/** A test as both runners saw it; undefined on the side that did not. */
export interface ComparedTest {
  file: string
  title: string
  ours: ObservedTest | undefined
  theirs: ObservedTest | undefined
  agrees: boolean
}

/**
 * Matches the tests of two runs by file and title; equal titles of one file by their order. Pure.
 * @param kindOf - two failures agree if their messages are of one kind
 */
export function compareTests(
  theirs: readonly ObservedTest[],
  ours: readonly ObservedTest[],
  kindOf: (message: string) => string,
): ComparedTest[] {
  const left = indexed(theirs)
  const right = indexed(ours)
  return [...new Set([...left.keys(), ...right.keys()])].map(key => {
    const [mine, other] = [right.get(key), left.get(key)]
    const agrees = mine?.state === other?.state && kindOf(mine?.message ?? '') === kindOf(other?.message ?? '')
    const { file, title } = (mine ?? other) as ObservedTest
    return { file, title, ours: mine, theirs: other, agrees }
  })
}

function indexed(tests: readonly ObservedTest[]): Map<string, ObservedTest> {
  const counts = new Map<string, number>()
  return new Map(
    tests.map(test => {
      const name = `${test.file}\n${normalTitle(test.title)}`
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      return [`${name}\n${count}`, test]
    }),
  )
}

/** Runners name hooks in different ways: `"before each" hook: login for "opens"`. */
function normalTitle(title: string): string {
  return title.replace(/("(?:before|after) (?:all|each)" hook).*/, '$1')
}

/** What a failure is about: its first line, without what differs from run to run. */
export function messageKind(message: string): string {
  const [first = ''] = stripVTControlCharacters(message).trim().split('\n')
  if (/timeout of \d+ms exceeded|^timeout after \d+ms/i.test(first)) return 'timeout'
  const [, command] = /^(?:WebDriverError: )?(no such element|stale element reference)/i.exec(first) ?? []
  if (command !== undefined) return command.toLowerCase()
  return first
    .replace(/^[A-Za-z]*Error: /, '')
    .replaceAll(/[\w.@/-]*\/[\w.@/-]*|[\w.-]+\.[cm]?[jt]s\b/g, 'PATH')
    .replaceAll(/[\da-f]{8,}|\d+/gi, 'N')
    .slice(0, 100)
}

/** A table of the tests that differ, or of all, and the share that agrees. */
export function formatComparison(
  tests: readonly ComparedTest[],
  { names, all }: { names: readonly [theirs: string, ours: string]; all: boolean },
): string {
  const shown = all ? tests : tests.filter(({ agrees }) => !agrees)
  const rows = shown.map(({ file, title, theirs, ours, agrees }) =>
    [
      agrees ? '  ' : '≠ ',
      file,
      ' › ',
      title,
      `\n     ${names[0]}: `,
      cell(theirs),
      `\n     ${names[1]}: `,
      cell(ours),
    ].join(''),
  )
  const agreeing = tests.filter(({ agrees }) => agrees).length
  const percent = tests.length === 0 ? 100 : (100 * agreeing) / tests.length
  return [...rows, `${agreeing} of ${tests.length} tests agree (${percent.toFixed(1)} %)`].join('\n')
}

function cell(test: ObservedTest | undefined): string {
  if (!test) return 'not run'
  return test.message === undefined ? test.state : `${test.state}: ${messageKind(test.message)}`
}
