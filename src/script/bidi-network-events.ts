/** A BiDi command as webdriver's handler sends it. */
export interface BidiEvent {
  method: string
  params?: unknown
}

export type SendBidi = (message: BidiEvent) => Promise<unknown>

/** The events that WebdriverIO's mocks and spies need. */
const events = ['network.beforeRequestSent', 'network.responseStarted', 'network.responseCompleted']
/** Bytes of bodies that the browser keeps for spies; WebdriverIO's own default. */
const maxEncodedDataSize = 10 * 1024 * 1024

/**
 * Subscribes each connection to network events before its first intercept. WebdriverIO subscribes once in a process, so
 * mocks would work in the first session only.
 */
export function withNetworkEvents(send: SendBidi): SendBidi {
  let subscribed: Promise<unknown> | undefined
  const subscribe = async (): Promise<void> => {
    await send({ method: 'session.subscribe', params: { events } })
    const collector = { dataTypes: ['request', 'response'], maxEncodedDataSize }
    // Not every browser has data collectors; mocks work without them.
    await send({ method: 'network.addDataCollector', params: collector }).catch(() => {})
  }
  return async message => {
    if (message.method === 'network.addIntercept') await (subscribed ??= subscribe())
    else if (subscribesToAll(message)) subscribed ??= Promise.resolve()
    return send(message)
  }
}

function subscribesToAll({ method, params }: BidiEvent): boolean {
  const { events: requested, contexts } = (params ?? {}) as { events?: readonly string[]; contexts?: unknown }
  return method === 'session.subscribe' && contexts === undefined && events.every(event => requested?.includes(event))
}
