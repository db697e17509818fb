import { countOf } from '../error/closest-name.js'
import type { RunEvent } from '../event/run-event.js'
import { reportedVerdicts, type ModuleVerdict } from '../event/verdicts.js'

/** That a suite of a plan has begun, or how it ended. */
export interface SuiteNews {
  suite: string
  /** How it ended: as its modules did, not run where none was. */
  verdict?: 'passed' | 'failed' | 'not-run'
  text: string
}

interface OpenSuite {
  modules: Set<string>
  begun: boolean
  ended: Map<ModuleVerdict, number>
}

const good: ReadonlySet<ModuleVerdict> = new Set(['passed', 'flaky', 'skipped'])

/** Follows the suites of a plan by their modules: a suite begins with the first one and ends with the last one. */
export class SuiteProgress {
  readonly #suites = new Map<string, OpenSuite>()
  readonly #suiteOf = new Map<string, string>()

  apply(event: RunEvent): SuiteNews | undefined {
    if (event.type === 'run:start') {
      for (const { id, suite } of event.modules) if (suite !== undefined) this.#add(suite, id)
    }
    if (event.type === 'attempt:start') return this.#begin(event.module)
    if (event.type === 'module:end') return this.#end(event.module, event.verdict, event.reasons?.at(-1))
    return undefined
  }

  #add(suite: string, module: string): void {
    const open = this.#suites.get(suite) ?? { modules: new Set(), begun: false, ended: new Map() }
    open.modules.add(module)
    this.#suites.set(suite, open)
    this.#suiteOf.set(module, suite)
  }

  #begin(module: string): SuiteNews | undefined {
    const suite = this.#suiteOf.get(module)
    const open = suite === undefined ? undefined : this.#suites.get(suite)
    if (suite === undefined || !open || open.begun) return undefined
    open.begun = true
    return { suite, text: `begins: ${countOf(open.modules.size, 'module')}` }
  }

  #end(module: string, verdict: ModuleVerdict, reason: string | undefined): SuiteNews | undefined {
    const suite = this.#suiteOf.get(module)
    const open = suite === undefined ? undefined : this.#suites.get(suite)
    if (suite === undefined || !open?.modules.delete(module)) return undefined
    open.ended.set(verdict, (open.ended.get(verdict) ?? 0) + 1)
    if (open.modules.size > 0) return undefined
    const verdicts = [...open.ended.keys()]
    if (verdicts.every(each => each === 'not-run')) {
      return { suite, verdict: 'not-run', text: `is not run${reason === undefined ? '' : `: ${reason}`}` }
    }
    const counts = reportedVerdicts.flatMap(each => {
      const count = each === 'interrupted' ? 0 : (open.ended.get(each) ?? 0)
      return count === 0 ? [] : [`${count} ${each.replace('-', ' ')}`]
    })
    const passed = verdicts.every(each => good.has(each))
    return {
      suite,
      verdict: passed ? 'passed' : 'failed',
      text: `${passed ? 'has passed' : 'has not passed'}: ${counts.join(', ')}`,
    }
  }
}
