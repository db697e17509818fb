/** `npm run phones`: its output, with real adb and the real command line. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Project } from '../../e2e/baton-cli.js'
import { assertNothingLeft } from '../../e2e/support/processes.js'

const main = fileURLToPath(new URL('../../phone/phones-main.js', import.meta.url))
/** An environment without an adb server: only the printed port leads to one. */
const nowhere = { ANDROID_HOME: undefined, ANDROID_ADB_SERVER_PORT: undefined }

interface Entry {
  name: string
  udid: string
  adb: { port: number }
}

describe('npm run phones', () => {
  it('prints what a farm, adb and curl can use verbatim, and leaves nothing behind after Ctrl+C', async () => {
    const project = new Project({})
    const env = { ...process.env, ...nowhere, TMPDIR: project.temporary }
    const phones = spawn(process.execPath, [main, '2'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let printed = ''
      for await (const line of createInterface({ input: phones.stdout })) {
        printed += `${line}\n`
        if (line === 'Press Ctrl+C to stop them.') break
      }
      const devices = JSON.parse(`[${printed.split('\n\n')[1]}]`) as Entry[]
      const [first = assert.fail()] = devices
      const adb = async (...args: string[]): Promise<string> =>
        (await promisify(execFile)('adb', ['-P', String(first.adb.port), ...args], { env })).stdout

      const attached = [...(await adb('devices')).matchAll(/^(\S+)\tdevice$/gm)].map(([, serial = '']) => serial)
      assert.deepEqual(attached.toSorted(), devices.map(({ udid }) => udid).toSorted())
      project.write({ 'devices.json': { devices } })
      const listed = await project.run(['devices'], nowhere)
      assert.match(listed.stdout, /^sim-1 +declared .*\n^sim-2 +declared /m, listed.stderr)

      const commands = [...printed.matchAll(/: +curl (?:-X (\w+) )?(\S+)(?: -d '(.*)')?$/gm)]
      const [unplug, setBattery, list] = commands.map(
        ([, method = 'GET', url = '', body]) =>
          async (): Promise<unknown> => {
            const answer = await fetch(url, { method, ...(body !== undefined && { body }) })
            assert.ok(answer.ok, url)
            return answer.json()
          },
      )
      await setBattery?.()
      assert.match(await adb('-s', first.udid, 'shell', 'dumpsys battery'), /level: 3\n/)
      await unplug?.()
      const statuses = (await list?.()) as { serial: string; connections: number }[]
      assert.deepEqual(
        statuses.map(({ serial, connections }) => [serial, connections]),
        devices.map(({ udid }) => [udid, udid === first.udid ? 0 : 1]),
      )

      phones.kill('SIGINT')
      assert.deepEqual(await once(phones, 'exit'), [0, null])
      await assertNothingLeft(project)
    } finally {
      phones.kill('SIGKILL')
      project.remove()
    }
  })
})
