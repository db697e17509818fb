/** An owner for the tests to kill: a child with a grandchild, a private Redis and a folder; prints what it owns. */
import { makeOwnedDirectory } from '../../../src/process/owned-directory.js'
import { startPrivateRedis } from '../../../src/process/private-redis.js'
import { spawnOwned } from '../../../src/process/spawn-owned.js'

const directory = await makeOwnedDirectory('test')
const redis = await startPrivateRedis()
let resolveGrandchild = (_pid: number) => {}
const grandchild = new Promise<number>(resolve => (resolveGrandchild = resolve))
// The shell ignores SIGTERM, and so must be ended by SIGKILL; its child inherits that.
const shell = await spawnOwned('sh', ['-c', "trap '' TERM; sleep 300 & echo $!; wait; sleep 300"], {
  onLine: line => resolveGrandchild(Number(line)),
})
const pids = [redis.pid, shell.pid, await grandchild]
process.stdout.write(`${JSON.stringify({ pids, directory: directory.path, redis: redis.socketPath })}\n`)
if (process.argv[2] === 'leave') process.exit()
setInterval(() => {}, 1000)
