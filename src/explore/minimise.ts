import type { FoundHold } from './holds.js'
import { parseOperationId } from './operation-id.js'
import type { Hold } from './schedule.js'

export interface MinimiseResult {
  /** The fewest holds that were found; all of them if the module did not fail with them. */
  holds: Hold[]
  tries: number
  /** Whether the module failed with the holds. */
  reproduced: boolean
}

/** Runs a module once with holds. @returns whether it failed in the same way */
type Fails = (holds: readonly Hold[]) => Promise<boolean>

/**
 * Finds the fewest holds with which a module fails, and for each the earliest `until`.
 * @param found - all holds of a failed iteration
 * @param maxTries - how often `fails` is called at most
 */
export async function minimise(found: readonly FoundHold[], fails: Fails, maxTries: number): Promise<MinimiseResult> {
  const tries = new Tries(fails, maxTries)
  const result = (holds: readonly FoundHold[], reproduced: boolean): MinimiseResult => ({
    holds: holds.map(plainHold),
    tries: tries.count,
    reproduced,
  })
  if (await tries.fails([])) return result([], true)
  if (found.length === 0 || !(await tries.fails(found))) return result(found, false)
  const required = await searchByHalves(tries, { background: [], isNew: false }, found)
  const few = (await tries.fails(required))
    ? await withoutParts(tries, required, required.length)
    : await withoutParts(tries, tries.fewest ?? found, 2)
  const early = await withEarlierUntil(tries, few)
  // What one hold waits for now may make another one superfluous.
  return result(await withoutParts(tries, early, early.length), true)
}

/** Remembers what was tried. When the tries are used up, nothing new fails any more. */
class Tries {
  count = 0
  /** The fewest holds that failed. */
  fewest: readonly FoundHold[] | undefined
  readonly #known = new Map<string, boolean>()

  constructor(
    private readonly run: Fails,
    private readonly max: number,
  ) {}

  async fails(holds: readonly FoundHold[]): Promise<boolean> {
    const key = holds
      .map(hold => JSON.stringify(plainHold(hold)))
      .toSorted()
      .join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.count >= this.max) return false
    this.count++
    const failed = await this.run(holds.map(plainHold))
    this.#known.set(key, failed)
    if (failed && holds.length < (this.fewest?.length ?? Infinity)) this.fewest = holds
    return failed
  }
}

const plainHold = ({ operation, until }: Hold): Hold => ({ operation, until })

/**
 * QuickXplain (Junker, AAAI 2004). Needs about half as many tries as delta debugging, if more holds never make a failure
 * go away; the caller must check.
 * @param context - holds that are set in addition; `isNew`: they have changed since they were last tried
 * @returns those of the candidates that are required
 */
async function searchByHalves(
  tries: Tries,
  context: { background: readonly FoundHold[]; isNew: boolean },
  candidates: readonly FoundHold[],
): Promise<readonly FoundHold[]> {
  const { background, isNew } = context
  if (isNew && (await tries.fails(background))) return []
  if (candidates.length === 1) return candidates
  const middle = Math.ceil(candidates.length / 2)
  const [left, right] = [candidates.slice(0, middle), candidates.slice(middle)]
  const ofRight = await searchByHalves(tries, { background: [...background, ...left], isNew: true }, right)
  const ofLeft = await searchByHalves(
    tries,
    { background: [...background, ...ofRight], isNew: ofRight.length > 0 },
    left,
  )
  return [...ofLeft, ...ofRight]
}

/**
 * Delta debugging (Zeller, Hildebrandt, TSE 2002): leaves parts out as long as it still fails.
 * @param holds - with them it fails
 */
async function withoutParts(tries: Tries, holds: readonly FoundHold[], parts: number): Promise<readonly FoundHold[]> {
  if (holds.length < 2) return holds
  const size = Math.ceil(holds.length / parts)
  for (let start = 0; start < holds.length; start += size) {
    const rest = holds.toSpliced(start, size)
    if (await tries.fails(rest)) return withoutParts(tries, rest, Math.min(rest.length, Math.max(2, parts - 1)))
  }
  return size === 1 ? holds : withoutParts(tries, holds, Math.min(holds.length, parts * 2))
}

/** Ends each hold as early as possible: what it waits for is then what matters. */
async function withEarlierUntil(tries: Tries, holds: readonly FoundHold[]): Promise<readonly FoundHold[]> {
  let now = holds
  for (const [index, hold] of holds.entries()) {
    const untils = [...hold.weaker, hold.until]
    const endedBy = (until: string): readonly FoundHold[] => now.with(index, { ...hold, until })
    let [low, high] = [0, untils.length - 1]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (await tries.fails(endedBy(untils[middle] ?? hold.until))) high = middle
      else low = middle + 1
    }
    const earliest = untils[high] ?? hold.until
    now = endedBy(earliest)
    // A regression test can wait for messages, but for nothing else.
    const message = isMessage(earliest) ? undefined : untils.slice(high).find(isMessage)
    if (message !== undefined && (await tries.fails(endedBy(message)))) now = endedBy(message)
  }
  return now
}

function isMessage(id: string): boolean {
  return parseOperationId(id)?.isUp !== undefined
}
