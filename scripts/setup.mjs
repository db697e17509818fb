// The first step of `npm start` and `npm test`. It runs before anything is installed, so it is plain JavaScript and uses
// only Node's own modules. setup/plan.mjs decides what to do. BATON_SETUP=skip switches it off.
import { fileURLToPath } from 'node:url'
import { describeNodeProblem } from './setup/node-version.mjs'

const nodeProblem = describeNodeProblem(process.versions.node)

if (process.env.BATON_SETUP === 'skip') {
  process.exitCode = 0
} else if (nodeProblem) {
  process.stderr.write(`setup: ${nodeProblem}\n`)
  process.exitCode = 3
} else {
  // Loaded only now, because an old Node can't parse these files and would not show the message above.
  const { setUp } = await import('./setup/set-up.mjs')
  process.exitCode = await setUp({
    root: fileURLToPath(new URL('..', import.meta.url)),
    env: process.env,
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isTerminal: process.stdin.isTTY && process.stderr.isTTY,
    osReleaseFile: '/etc/os-release',
    applications: '/Applications',
  })
}
