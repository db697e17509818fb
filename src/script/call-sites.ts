import { AsyncLocalStorage } from 'node:async_hooks'
import { findBranch, type Branch, type CallSite } from './branch/branch.js'
import { scopeStorage } from './module-context.js'
import { deepStack, withStackDepth } from './stack-depth.js'

/*
 * Where a script called WebdriverIO. By the time a command is sent, the script's line may be gone from the stack, so it
 * is captured at the call, for reports of where each branch was.
 */

const outerCallSites = new AsyncLocalStorage<CallSite[]>()

/**
 * Runs a function of WebdriverIO that a script called; commands that it sends are reported as sent from here.
 * @param called - its name as in the script: `toHaveText`
 */
export function recordCallSite<T>(called: string, act: () => T): T {
  const branch = currentBranch()
  if (!branch) return act()
  const site = captureStack(called)
  branch.lastCallSite = site
  return outerCallSites.run([site, ...(outerCallSites.getStore() ?? [])], act)
}

/** Like `recordCallSite`, for `waitUntil`, which other functions of WebdriverIO call, too. */
export function captureCallSite(): <T>(act: () => T) => T {
  if (!currentBranch()) return act => act()
  const sites = [captureStack('waitUntil'), ...(outerCallSites.getStore() ?? [])]
  return act => outerCallSites.run(sites, act)
}

/** Records a command as the last one that a branch sent. */
export function recordSentCommand(branch: Branch, command: string): void {
  const outer = outerCallSites.getStore() ?? []
  const callSite = captureStack()
  if (outer.length === 0) branch.lastCallSite = callSite
  const last = branch.lastCallSite ? [branch.lastCallSite] : []
  branch.lastCommand = { command, callSite, outerCallSites: [...outer, ...last] }
}

function currentBranch(): Branch | undefined {
  const scope = scopeStorage.getStore()
  return scope && findBranch(scope.owner)
}

/** Cheap: V8 formats the text only if it is read. */
function captureStack(called?: string): CallSite {
  const site: CallSite = called === undefined ? {} : { called }
  withStackDepth(deepStack, () => Error.captureStackTrace(site, captureStack))
  return site
}
