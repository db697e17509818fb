import { describeHold, describeOperation } from './describe-operation.js'
import { labelOf, parseOperationId, type OperationParts } from './operation-id.js'
import type { Hold, Schedule } from './schedule.js'

/** A TypeScript test that fails as a schedule did, without exploring: `network` holds the messages that have to wait. */
export function regressionTest(schedule: Pick<Schedule, 'test' | 'holds' | 'error' | 'places' | 'earlier'>): string {
  const { test, holds = [], error } = schedule
  const lines = holds
    .flatMap((hold, i) => ['', ...holdLines(hold, i === 0 ? 'held' : `held${i + 1}`, schedule)])
    .slice(1)
  const [message = ''] = error.message.split('\n')
  const usesNetwork = lines.some(line => line.startsWith('await network'))
  return [
    ...(usesNetwork ? ["import { network } from 'baton'", ''] : []),
    `it(${quote(test.at(-1) ?? 'a regression')}, async () => {`,
    ...(holds.length === 0 ? ['// It fails in natural order, without any hold.'] : lines).map(indent),
    indent('// … the steps of the test, unchanged'),
    ...(message === '' ? [] : [indent(`// fails with: ${comment(message)}`)]),
    '})',
    '',
  ].join('\n')
}

const indent = (line: string): string => (line === '' ? '' : `  ${line}`)

/** @param name - of the variable, if one is required */
function holdLines(hold: Hold, name: string, { places, earlier = {} }: Pick<Schedule, 'places' | 'earlier'>): string[] {
  const sentence = `// ${comment(describeHold(hold, places))}`
  const held = parseOperationId(hold.operation)
  const until = parseOperationId(hold.until)
  const pattern = held && patternOf(held)
  if (!held || !pattern) return [sentence, ...insteadOfHold(hold)]
  const [beforeTest, beforeBody] = earlierOf(hold.until, earlier)
  const nth = held.occurrence - earlierOf(hold.operation, earlier)[1]
  if (nth < 1) return [sentence, '// it is before this test']
  const target = `await network(${quote(held.role)}).hold(${pattern}, { nth: ${nth} })`
  const condition =
    until &&
    conditionOf(held, until, { sinceTest: until.occurrence - beforeTest, sinceHold: until.occurrence - beforeBody })
  if (condition !== undefined) return [sentence, `${target}.until(${condition})`]
  const event = comment(describeOperation(hold.until))
  return [
    sentence,
    `const ${name} = ${target}`,
    `// \`network\` can't wait for ${event}: call \`await ${name}.release()\` after it`,
  ]
}

function earlierOf(id: string, earlier: NonNullable<Schedule['earlier']>): readonly [number, number] {
  return earlier[labelOf(id)] ?? [0, 0]
}

/**
 * What `hold(…).until()` waits for.
 * @param nth - which one it is, counted as `waitFor` does, and as `until` does
 * @returns undefined if it can't wait for that
 */
function conditionOf(
  held: OperationParts,
  until: OperationParts,
  { sinceTest, sinceHold }: { sinceTest: number; sinceHold: number },
): string | undefined {
  const pattern = patternOf(until)
  if (pattern === undefined) return undefined
  if (held.role === until.role && sinceHold === 1) return pattern
  const nth = sinceTest <= 1 ? '' : `, { nth: ${sinceTest} }`
  return `network(${quote(until.role)}).waitFor(${pattern}${nth})`
}

/** Only branches can hold back what they do themselves. */
function insteadOfHold({ operation, until }: Hold): string[] {
  const choice = parseOperationId(until)
  if (choice?.kind === 'choice') return [`// write ${choice.value ?? 0} instead of it`]
  const [what, event] = [describeOperation(operation), describeOperation(until)].map(comment)
  return [
    `// \`network\` can't hold ${what}: write \`await until('go')\` before it,`,
    `// and \`signal('go')\` after ${event}; import both from 'baton'`,
  ]
}

/** The pattern of `network` that selects a message, as source text. @returns undefined for what is not a message */
function patternOf({ kind, action = '', target = '', type }: OperationParts): string | undefined {
  switch (kind) {
    case 'request':
    case 'response':
      return /^[A-Z]+$/.test(action) && isPath(target)
        ? quote(`${kind === 'response' ? 'response ' : ''}${action} ${target}`)
        : objectPattern({ kind, method: action, path: target })
    case 'sent':
    case 'received':
    case 'event':
      return isPath(target) && (type === undefined || /^[^\s/*]\S*$/.test(type))
        ? quote([kind, target, type].filter(part => part !== undefined).join(' '))
        : objectPattern({ kind, path: target, ...(type !== undefined && { type }) })
    case 'open':
    case 'close':
      return isPath(target) ? quote(`${kind} ${target}`) : objectPattern({ kind, path: target })
    case 'connect':
      return quote(kind)
    case 'command':
    case 'poll':
    case 'timer':
    case 'choice':
    case 'checkpoint':
      return undefined
  }
  return undefined
}

function isPath(text: string): boolean {
  return /^\/\S*$/.test(text)
}

function objectPattern(match: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(match)
    .map(([key, value]) => `${key}: ${quote(value)}`)
    .join(', ')} }`
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** On one line. */
function comment(text: string): string {
  return text.replaceAll(/[\s\u2028\u2029]+/g, ' ')
}
