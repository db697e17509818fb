// The first step of `npm start` and `npm test`. It runs before anything is installed: plain JavaScript, Node's own
// modules only. What decides is setup/plan.mjs; BATON_SETUP=skip turns all of it off.
import { fileURLToPath } from 'node:url'
import { describeNodeFault } from './setup/node-version.mjs'

const nodeFault = describeNodeFault(process.versions.node)

if (process.env.BATON_SETUP === 'skip') {
  process.exitCode = 0
} else if (nodeFault) {
  process.stderr.write(`set-up: ${nodeFault}\n`)
  process.exitCode = 3
} else {
  // Loaded only now: an old Node would stumble over the syntax of these files before it could say what is wrong.
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
