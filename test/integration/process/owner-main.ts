/** An owner for the tests to kill: a child with a grandchild, a private Redis and a folder; prints what it owns. */
import { makeOwnedDirectory } from '../../../src/process/owned-directory.js'
import { startPrivateRedis } from '../../../src/process/private-redis.js'
import { spawnOwned } from '../../../src/process/spawn-owned.js'

const directory = await makeOwnedDirectory('test')
const redis = await startPrivateRedis()
// The shell ignores SIGTERM, and so must be ended by SIGKILL; its child inherits that.
let grandchild = 0
const shell = await new Promise<number>(resolve => {
  void spawnOwned('sh', ['-c', "trap '' TERM; sleep 300 & echo $!; wait; sleep 300"], {
    onLine: line => {
      grandchild = Number(line)
    },
  }).then(async owned => {
    while (grandchild === 0) await new Promise(ready => setImmediate(ready))
    resolve(owned.pid)
  })
})
console.log(
  JSON.stringify({ pids: [redis.pid, shell, grandchild], directory: directory.path, redis: redis.socketPath }),
)
if (process.argv[2] === 'leave') process.exit()
setInterval(() => {}, 1000)
