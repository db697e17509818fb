import type { Part } from './part.js'

/** A part of a module, and where it runs. */
export interface PlacedPart {
  part: Part
  place: 'load' | 'before' | 'beforeEach' | 'test' | 'only' | 'skip' | 'afterEach' | 'after'
}

/**
 * The verdicts that are true of a module, judged from what its parts do under mocha's own command line. A part that may break
 * mocha itself excuses what comes after it: mocha would not have noticed either. Nothing else excuses a pass of a module that
 * fails.
 */
export function honestVerdicts(parts: readonly PlacedPart[]): ReadonlySet<string> {
  const running = runningParts(parts)
  const hiddenFrom = Math.min(...running.filter(({ part }) => part.mayHide).map(one => startOf(one, running)))
  const isSeen = (one: PlacedPart): boolean =>
    hiddenFrom === Infinity || (!one.part.late && endOf(one, running) < hiddenFrom)
  const endings = running.map(one => ({ ending: one.part.ending, seen: isSeen(one) }))
  const dies = endings.some(({ ending }) => ending === 'dies')
  // From outside, a process that kills itself looks like one that was killed: the farm tries it elsewhere, then gives up.
  const lost = dies ? ['lost'] : []
  if (endings.some(({ ending, seen }) => seen && (ending === 'fails' || ending === 'dies')))
    return new Set(['failed', ...lost])
  if (endings.every(({ ending }) => ending === 'passes')) return new Set(['passed'])
  return new Set(['passed', 'failed', 'skipped', ...lost])
}

/** Without tests that are skipped, or that a test with `only` excludes. */
function runningParts(parts: readonly PlacedPart[]): PlacedPart[] {
  const onlySome = parts.some(({ place }) => place === 'only')
  return parts.filter(({ place, part }) => {
    if (place === 'skip') return false
    if (!onlySome || place !== 'load') return !onlySome || place !== 'test'
    // Whatever throws as the file is loaded does so in any case; tests that are declared there are excluded.
    return !/^(?:it|describe)\(/.test(part.code) || part.late === true
  })
}

const hookTimes = { load: 0, before: 1, beforeEach: 2, afterEach: 1_000, after: 1_001 } as const

/** When a part runs for the first time: a number to compare with others. */
function startOf(one: PlacedPart, running: readonly PlacedPart[]): number {
  // After the first test, whichever that is.
  return one.place === 'afterEach' ? 3 : endOf(one, running)
}

function endOf(one: PlacedPart, running: readonly PlacedPart[]): number {
  const isDeclared = one.place === 'load' && /^(?:it|describe)\(/.test(one.part.code)
  if (one.place === 'test' || one.place === 'only' || one.place === 'skip' || isDeclared)
    return 10 + running.indexOf(one)
  return hookTimes[one.place]
}
