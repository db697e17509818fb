import { z } from 'zod'
import { BatonError } from '../../src/error/baton-error.js'
import { errorMessage } from '../../src/error/error-text.js'
import type { IosKeys } from './ios-keys.js'

const answerSchema = z.looseObject({ value: z.unknown() })
const statusSchema = z.looseObject({
  os: z.looseObject({ version: z.string().optional() }).optional(),
  device: z.string().optional(),
})
const infoSchema = z.looseObject({ model: z.string().optional() })

const defaultAnswerMs = 5_000

interface WdaClientOptions {
  /** The device's name in the farm. */
  device: string
  url: string
  /** Milliseconds in which it must answer. */
  answerMs: number
}

/** @param device - its name in the farm */
export function wdaClient(device: string, { wda, answerMs = defaultAnswerMs }: IosKeys): WdaClient {
  return new WdaClient({ device, url: wda, answerMs })
}

/** Calls WebDriverAgent itself, apart from any session. */
export class WdaClient {
  readonly url: string
  readonly #device: string
  readonly #answerMs: number

  constructor({ device, url, answerMs }: WdaClientOptions) {
    this.#device = device
    this.#answerMs = answerMs
    this.url = url.replace(/\/+$/, '')
  }

  /** @throws BatonError BATON_DEVICE_LOST if it does not answer in time */
  async status(): Promise<z.infer<typeof statusSchema>> {
    return this.#get('/status', statusSchema)
  }

  async deviceInfo(): Promise<z.infer<typeof infoSchema>> {
    return this.#get('/wda/device/info', infoSchema)
  }

  async isLocked(): Promise<boolean> {
    return this.#get('/wda/locked', z.boolean())
  }

  async unlock(): Promise<void> {
    await this.#call('POST', '/wda/unlock')
  }

  /** @returns a PNG */
  async screenshot(): Promise<Buffer> {
    return Buffer.from(await this.#get('/screenshot', z.string()), 'base64')
  }

  async source(): Promise<string> {
    return this.#get('/source?format=xml&scope=AppiumAUT', z.string())
  }

  lostError(why: string, cause?: unknown): BatonError {
    return new BatonError('BATON_DEVICE_LOST', `WebDriverAgent of ${this.#device} at ${this.url} ${why}`, {
      device: this.#device,
      hint: 'start WebDriverAgent on the phone again, and check that the phone is unlocked and reachable',
      ...(cause === undefined ? {} : { cause }),
    })
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const parsed = schema.safeParse(await this.#call('GET', path))
    if (parsed.success) return parsed.data
    throw this.lostError(`answered GET ${path} with something else than expected`, parsed.error)
  }

  async #call(method: 'GET' | 'POST', path: string): Promise<unknown> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        ...(method === 'POST' && { body: '{}', headers: { 'content-type': 'application/json' } }),
        signal: AbortSignal.timeout(this.#answerMs),
      })
      const answer = answerSchema.parse(await response.json())
      if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer.value)}`)
      return answer.value
    } catch (error) {
      if (error instanceof DOMException && error.name === 'TimeoutError')
        throw this.lostError(`did not answer within ${this.#answerMs} ms`, error)
      const { cause } = error as Error
      throw this.lostError(`does not answer: ${errorMessage(cause ?? error)}`, error)
    }
  }
}
