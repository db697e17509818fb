/** A BiDi command as webdriver's handler sends it. */
export interface BidiMessage {
  method: string
  params?: unknown
}

export type SendBidi = (message: BidiMessage) => Promise<unknown>

/** What WebdriverIO's mocks and spies live on. */
const events = ['network.beforeRequestSent', 'network.responseStarted', 'network.responseCompleted']
/** Bytes of bodies that are kept for spies: WebdriverIO's own default. */
const maxEncodedDataSize = 10 * 1024 * 1024

/**
 * Subscribes each connection to the network before its first intercept. WebdriverIO does so once a process, so that only
 * the first session of all would ever hear of the responses that it mocks.
 */
export function withNetworkEvents(send: SendBidi): SendBidi {
  let subscribed: Promise<unknown> | undefined
  const subscribe = async (): Promise<void> => {
    await send({ method: 'session.subscribe', params: { events } })
    const collector = { dataTypes: ['request', 'response'], maxEncodedDataSize }
    // Not every browser has collectors; mocks do without.
    await send({ method: 'network.addDataCollector', params: collector }).catch(() => {})
  }
  return async message => {
    if (message.method === 'network.addIntercept') await (subscribed ??= subscribe())
    else if (subscribesToAll(message)) subscribed ??= Promise.resolve()
    return send(message)
  }
}

function subscribesToAll({ method, params }: BidiMessage): boolean {
  const { events: asked, contexts } = (params ?? {}) as { events?: readonly string[]; contexts?: unknown }
  return method === 'session.subscribe' && contexts === undefined && events.every(event => asked?.includes(event))
}
