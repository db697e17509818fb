import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { packageFile } from '../../src/process/package-root.js'
import { withBrowser } from './with-browser.js'

const step = z.object({ name: z.string(), status: z.string() })
const allureResult = z.object({
  name: z.string(),
  status: z.string(),
  flaky: z.boolean(),
  isRetry: z.boolean(),
  start: z.number(),
  groupedLabels: z.record(z.string(), z.array(z.string())),
  steps: z.array(z.union([step, z.object({ type: z.literal('attachment') })])),
})
export type AllureResult = z.infer<typeof allureResult>

/**
 * Lets Allure make its report.
 * @param folder - of results
 * @param shown - what its page must show
 * @returns what Allure has understood, in the order of time
 */
export async function readByAllure(folder: string, shown: string): Promise<AllureResult[]> {
  const out = await mkdtemp(path.join(tmpdir(), 'baton-allure-'))
  try {
    await promisify(execFile)(process.execPath, [
      packageFile('node_modules', 'allure', 'cli.js'),
      'generate',
      folder,
      '--output',
      out,
    ])
    const data = path.join(out, 'data', 'test-results')
    const texts = await Promise.all((await readdir(data)).map(async name => readFile(path.join(data, name), 'utf8')))
    const results = texts.map(text => allureResult.parse(JSON.parse(text)))
    await untilPageShows(out, shown)
    return results.toSorted((one, other) => one.start - other.start || one.name.localeCompare(other.name))
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

/** What Playwright's viewer shows. */
export interface ViewedTrace {
  /** In the list of actions, with their durations. */
  actions: string[]
  /** The first one in the tab of errors. */
  error: string
}

/** Opens a trace in Playwright's viewer, as it is in its package. */
export async function viewTrace(zip: Buffer): Promise<ViewedTrace> {
  const root = packageFile('node_modules', 'playwright-core', 'lib', 'vite', 'traceViewer')
  return withFiles(root, { '/trace.zip': zip }, async url =>
    withBrowser(async browser => {
      await browser.setWindowSize(1400, 1000)
      await browser.url(`${url}/index.html?trace=${encodeURIComponent(`${url}/trace.zip`)}`)
      await browser.$('.action-title').waitForExist({ timeout: 60_000 })
      const actions = await browser.$$('.action-title').map(async title => title.getText())
      await browser.$('.tabbed-pane-tab-label=Errors').click()
      return { actions, error: await browser.$('.error-message').getText() }
    }),
  )
}

async function untilPageShows(root: string, text: string): Promise<void> {
  await withFiles(root, {}, async url =>
    withBrowser(async browser => {
      await browser.url(`${url}/index.html`)
      const body = browser.$('body')
      await browser.waitUntil(async () => (await body.getText()).includes(text), {
        timeout: 60_000,
        timeoutMsg: `the page does not show ${JSON.stringify(text)}`,
      })
    }),
  )
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

async function withFiles<T>(
  root: string,
  more: Readonly<Record<string, Buffer>>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    const content = more[pathname] ?? readFile(path.join(root, pathname))
    Promise.resolve(content).then(
      body => response.setHeader('content-type', types[path.extname(pathname)] ?? 'application/octet-stream').end(body),
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
