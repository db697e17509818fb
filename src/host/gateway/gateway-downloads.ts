import type { IncomingMessage, ServerResponse } from 'node:http'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { errorMessage } from '../../error/error-text.js'
import { zipArchive } from '../../process/zip-archive.js'
import { readBody } from './gateway-control.js'
import { sendError, sendJson, type GatewayError } from './gateway-error.js'

/** The path of Selenium Grid's commands for downloaded files, below a session. */
export const downloadsPath = '/se/files'
/** How Selenium Grid announces them; WebdriverIO's `downloadFile` needs them. */
export const downloadsCapability = { 'se:downloadsEnabled': true }

const bodySchema = z.object({ name: z.string() })

/**
 * Answers Selenium Grid's commands for the files that a browser has downloaded: `GET` lists them, `POST` returns one as a ZIP
 * archive in base64, `DELETE` removes all.
 * @param directory - the browser's folder for downloads
 */
export async function answerDownloads(
  request: IncomingMessage,
  response: ServerResponse,
  directory: string,
): Promise<void> {
  try {
    const names = await downloadedFiles(directory)
    if (request.method === 'POST') {
      const { name } = bodySchema.parse(JSON.parse(await readBody(request)))
      if (!names.includes(name)) return sendError(response, unknownFile(name, names))
      const contents = zipArchive([{ name, content: await readFile(join(directory, name)) }]).toString('base64')
      return sendJson(response, 200, { value: { filename: name, contents } })
    }
    request.resume()
    if (request.method === 'DELETE') {
      await Promise.all(names.map(async name => rm(join(directory, name), { force: true })))
      return sendJson(response, 200, { value: null })
    }
    sendJson(response, 200, { value: { names } })
  } catch (error) {
    sendError(response, { status: 400, error: 'invalid argument', message: errorMessage(error) })
  }
}

/** The files whose download is complete, in order of their names. */
async function downloadedFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && !isUnfinished(entry.name))
  return files.map(({ name }) => name).toSorted()
}

/** Chromium gives a download its own name when it is complete. */
function isUnfinished(name: string): boolean {
  return name.endsWith('.crdownload') || name.startsWith('.')
}

function unknownFile(name: string, names: readonly string[]): GatewayError {
  const found = names.length === 0 ? 'no file was downloaded' : `downloaded: ${names.join(', ')}`
  return { status: 400, error: 'invalid argument', message: `no download is named '${name}' (${found})` }
}
