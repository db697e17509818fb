/**
 * The devices of one host: a WebDriver server that does nothing but write down each command that carries a module's mark.
 * Lines of its access log: milliseconds since the epoch, device, mark.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [port = '0', log = ''] = process.argv.slice(2)
let sessions = 0

createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const answer = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ value }))
    }
    const body = Buffer.concat(chunks).toString()
    const [, session = '', command = ''] = /^\/session(?:\/([^/]+))?(.*)$/.exec(request.url ?? '') ?? []
    if (request.method === 'POST' && session === '' && command === '') {
      const device = /"appium:deviceName":"([^"]+)"/.exec(body)?.[1] ?? 'unknown'
      return answer({ sessionId: `${device}~${process.pid}-${++sessions}`, capabilities: {} })
    }
    const mark = /"url":"mark:([^"]+)"/.exec(body)?.[1]
    if (mark !== undefined) appendFileSync(log, `${Date.now()} ${session.split('~')[0]} ${mark}\n`)
    answer(command === '/window' ? 'window' : null)
  })
}).listen(Number(port), '127.0.0.1', () => process.send?.('ready'))
process.on('disconnect', () => process.exit(0))
