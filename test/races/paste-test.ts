/**
 * Pastes a regression test, as `baton explore` prints it, into its module: its steps are those of the test there.
 * @throws Error if the module has no such test
 */
export function pasteTest(source: string, printed: string): string {
  const lines = printed.split('\n')
  const start = lines.findIndex(line => line.startsWith('it('))
  const steps = lines.findIndex(line => line.includes('// … the steps of the test, unchanged'))
  const title = lines[start] ?? ''
  if (start === -1 || steps === -1 || !source.includes(`\n${title}\n`)) {
    throw new Error(`the module has no test that starts like this one:\n${printed}`)
  }
  const imports = lines.slice(0, start).filter(line => line !== '')
  const held = [title, ...lines.slice(start + 1, steps)].join('\n')
  return [...imports, source.replace(`\n${title}\n`, () => `\n${held}\n`)].join('\n')
}
