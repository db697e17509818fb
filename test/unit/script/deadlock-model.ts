/** Programs of barriers and signals, and how they end whatever the timing. */
export type Step =
  | { do: 'signal' | 'until' | 'barrier'; name: string }
  /** Something that takes time. */
  | { do: 'work'; ms: number }
  /** Signals some time later, while the branch goes on. */
  | { do: 'signal later'; name: string; ms: number }
  /** Waits for both, or for the first of both. */
  | { do: 'all' | 'race'; names: [string, string] }

export type Program = Step[][]

/** `broken`: a barrier waits for a branch that has ended. */
export type Outcome = 'done' | 'deadlock' | 'broken'

/**
 * Predicts how a program ends. Signals stay set and a barrier is for all branches, so every step that is possible happens
 * sooner or later, in any order: it is enough to advance any branch that can, until none can.
 */
export function outcomeOf(program: Program): Outcome {
  const at = program.map(() => 0)
  const signals = new Set<string>()
  const stepOf = (branch: number): Step | undefined => program[branch]?.[at[branch] ?? 0]
  const mayGo = (step: Step): boolean => {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other steps wait for nothing
    switch (step.do) {
      case 'until':
        return signals.has(step.name)
      case 'all':
        return step.names.every(name => signals.has(name))
      case 'race':
        return step.names.some(name => signals.has(name))
      case 'barrier':
        return program.every((_, branch) => {
          const other = stepOf(branch)
          return other?.do === 'barrier' && other.name === step.name
        })
      default:
        return true
    }
  }
  for (let moved = true; moved;) {
    moved = false
    for (let branch = 0; branch < program.length; branch++) {
      const step = stepOf(branch)
      if (!step || !mayGo(step)) continue
      moved = true
      if (step.do === 'signal' || step.do === 'signal later') signals.add(step.name)
      // All leave a barrier together.
      for (let each = 0; each < program.length; each++) {
        if (each === branch || step.do === 'barrier') at[each] = (at[each] ?? 0) + 1
      }
    }
  }
  const left = program.flatMap((_, branch) => stepOf(branch) ?? [])
  if (left.length === 0) return 'done'
  const someEnded = left.length < program.length
  return someEnded && left.some(step => step.do === 'barrier') ? 'broken' : 'deadlock'
}
