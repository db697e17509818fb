import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../../src/process/free-port.js'

/** A real Appium with its fake driver, in its own home folder. */
export interface AppiumServer extends AsyncDisposable {
  port: number
  /** A fake phone whose screen says `who`: the element `#who` has that text. */
  openSession(who: string): Promise<OpenSession>
  close(): Promise<void>
}

export interface OpenSession {
  id: string
  capabilities: Record<string, unknown>
}

const require = createRequire(import.meta.url)

export async function startAppium(): Promise<AppiumServer> {
  const home = await mkdtemp(path.join(tmpdir(), 'baton-appium-'))
  let server: { port: number; child: ChildProcess } | undefined
  const close = async (): Promise<void> => {
    if (server) await stop(server.child)
    await rm(home, { recursive: true, force: true })
  }
  try {
    await fillHome(home)
    while (!server) server = await listenIn(home)
    const { port } = server
    return {
      port,
      openSession: async who => {
        const app = path.join(home, `${who}.xml`)
        await writeFile(app, screen)
        const session = await openSession(port, app)
        await write(port, session.id, '#who', who)
        return session
      },
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function fillHome(home: string): Promise<void> {
  const scope = path.join(home, 'node_modules', '@appium')
  await mkdir(scope, { recursive: true })
  const driver = path.dirname(require.resolve('@appium/fake-driver/package.json'))
  const { version } = require('@appium/fake-driver/package.json') as { version: string }
  await symlink(driver, path.join(scope, 'fake-driver'))
  const manifest = { name: 'home', private: true, dependencies: { '@appium/fake-driver': version } }
  await writeFile(path.join(home, 'package.json'), JSON.stringify(manifest))
}

/** @returns undefined if another program has taken the port meanwhile */
async function listenIn(home: string): Promise<{ port: number; child: ChildProcess } | undefined> {
  const port = await freePort()
  const args = ['server', '--port', String(port), '--address', '127.0.0.1', '--log-no-colors']
  const child = spawn(process.execPath, [require.resolve('appium'), ...args], {
    cwd: home,
    env: { ...process.env, APPIUM_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const hasEnded = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(true))
    child.stdout.on('data', () => {
      if (/listener started on/.test(output)) resolve(false)
    })
  })
  if (!hasEnded) return { port, child }
  if (/EADDRINUSE/.test(output)) return undefined
  throw new Error(`Appium ended:\n${output}`)
}

const screen =
  '<app><MockInputField id="who" value=""/><MockInputField id="input" value=""/><MockButton id="one"/><MockButton id="two"/></app>'

async function openSession(port: number, app: string): Promise<OpenSession> {
  const value = await post(port, '/session', {
    capabilities: {
      alwaysMatch: {
        platformName: 'Fake',
        'appium:automationName': 'Fake',
        'appium:deviceName': 'Fake',
        'appium:app': app,
        'appium:newCommandTimeout': 0,
      },
      firstMatch: [{}],
    },
  })
  const { sessionId, capabilities } = value as { sessionId: string; capabilities: Record<string, unknown> }
  return { id: sessionId, capabilities }
}

/** The fake driver's texts are what was typed. */
async function write(port: number, id: string, selector: string, text: string): Promise<void> {
  const element = await post(port, `/session/${id}/element`, { using: 'css selector', value: selector })
  const [elementId] = Object.values(element as Record<string, string>)
  await post(port, `/session/${id}/element/${elementId}/value`, { text })
}

async function post(port: number, route: string, body: object): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { value } = (await response.json()) as { value: unknown }
  if (!response.ok) throw new Error(JSON.stringify(value))
  return value
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
