import type { Duplex } from 'node:stream'
import type { PhoneBehavior } from '../phone-behavior.js'
import type { App, AppSurroundings, Intent } from '../system/app.js'
import type { View } from '../screen/view.js'
import { chatScreen, scrollRange, type ChatActions } from './chat-screen.js'
import { ticksByState, type ChatMessage, type ChatState } from './chat-state.js'
import { WebSocketClient } from './web-socket.js'

/** Messages of the samples' chat server. */
type ChatEvent =
  | { type: 'joined'; messages: Pick<ChatMessage, 'id' | 'from' | 'text'>[] }
  | { type: 'presence'; count: number }
  | { type: 'message'; message: Pick<ChatMessage, 'id' | 'from' | 'text'> }
  | { type: 'sent' | 'delivered'; id: string }
  | { type: 'typing'; name: string; on: boolean }

/** What the chat uses of its phone, whatever kind of phone that is. */
export interface ChatSurroundings extends Pick<AppSurroundings, 'version' | 'data' | 'log' | 'connect'> {
  behavior: Pick<PhoneBehavior, 'keepsName'>
}

const lastServer = 'server'
const lastName = 'name'

/**
 * The samples' chat as an app of the phone. It uses the web app's server, given by the link that opens it
 * (`http://127.0.0.1:8080/?room=lobby`) or by the intent's extras `server` and `room`. It remembers the server,
 * and the typed name on a phone with `keepsName`, until its data is cleared.
 */
export class ChatApp implements App {
  readonly #phone: ChatSurroundings
  readonly #typing = new Set<string>()
  readonly #state: ChatState
  #server: URL | undefined
  #socket: WebSocketClient | undefined
  #sent = 0

  constructor(phone: ChatSurroundings) {
    this.#phone = phone
    const saved = phone.data.get(lastServer)
    this.#server = saved === undefined ? undefined : new URL(saved)
    this.#state = {
      version: phone.version,
      room: 'lobby',
      name: phone.data.get(lastName) ?? '',
      joined: false,
      presence: '',
      messages: [],
      typingText: '',
      draft: '',
      focused: 'name',
      scrolled: 0,
      problem: '',
    }
  }

  open({ link, extras }: Intent): void {
    const address = link ?? extras['server']
    if (address !== undefined && URL.canParse(address)) {
      this.#server = new URL(address)
      this.#phone.data.set(lastServer, this.#server.origin)
    }
    const room = extras['room'] ?? (link === undefined ? undefined : this.#server?.searchParams.get('room'))
    if (address === undefined && room === undefined) return
    this.#leave()
    this.#state.room = room ?? 'lobby'
  }

  view(): View {
    return chatScreen(this.#state, this.#actions)
  }

  stop(): void {
    this.#socket?.close()
  }

  readonly #actions: ChatActions = {
    join: () => void this.#join(),
    send: () => this.#say(),
    setName: text => {
      this.#state.name = text.slice(0, 30)
      if (this.#phone.behavior.keepsName) this.#phone.data.set(lastName, this.#state.name)
    },
    setDraft: text => {
      this.#state.draft = text.slice(0, 500)
      this.#send({ type: 'typing', on: this.#state.draft !== '' })
    },
    focus: field => (this.#state.focused = field),
    scroll: pixels => {
      const range = scrollRange(this.#state)
      this.#state.scrolled = Math.max(0, Math.min(range, this.#state.scrolled - pixels))
    },
  }

  #leave(): void {
    this.#socket?.close()
    this.#socket = undefined
    this.#typing.clear()
    Object.assign(this.#state, { joined: false, presence: '', messages: [], typingText: '', draft: '', problem: '' })
    Object.assign(this.#state, { name: '', focused: 'name', scrolled: 0 })
  }

  async #join(): Promise<void> {
    this.#state.name = this.#state.name.trim()
    if (!this.#state.name) return
    const server = this.#server
    if (!server) return this.#fail('no server: open a link to it')
    const query = new URLSearchParams({ room: this.#state.room, name: this.#state.name })
    let stream: Duplex
    try {
      stream = await this.#phone.connect(server.hostname, Number(server.port || 80))
    } catch (error) {
      return this.#fail(error instanceof Error ? error.message : String(error))
    }
    this.#socket = new WebSocketClient(
      stream,
      { host: server.host, path: `/?${query.toString()}` },
      {
        onText: text => this.#receive(JSON.parse(text) as ChatEvent),
        onClose: () => {
          this.#state.presence = 'offline'
          this.#phone.log(`disconnected from ${server.host}`)
        },
      },
    )
  }

  #fail(problem: string): void {
    this.#state.problem = problem
    this.#phone.log(`cannot join: ${problem}`)
  }

  #say(): void {
    const state = this.#state
    const text = state.draft.trim()
    if (!text) return
    const id = `${state.name}-${Date.now()}-${(this.#sent += 1)}`
    this.#show({ id, from: state.name, text }, 'sending')
    this.#send({ type: 'say', id, text })
    state.draft = ''
  }

  #receive(event: ChatEvent): void {
    const state = this.#state
    switch (event.type) {
      case 'joined':
        Object.assign(state, { joined: true, focused: 'message', messages: [], problem: '' })
        for (const message of event.messages) this.#show(message, 'sent')
        this.#phone.log(`joined #${state.room} as ${state.name}`)
        break
      case 'presence':
        state.presence = event.count === 1 ? 'only you' : `${event.count} here`
        break
      case 'message':
        this.#show(event.message, 'sent')
        this.#send({ type: 'received', id: event.message.id })
        this.#phone.log(`message from ${event.message.from}`)
        break
      case 'sent':
      case 'delivered':
        this.#tick(event.id, event.type)
        break
      case 'typing':
        this.#typing[event.on ? 'add' : 'delete'](event.name)
        state.typingText = describeTyping([...this.#typing])
        break
    }
  }

  #show(message: Pick<ChatMessage, 'id' | 'from' | 'text'>, state: ChatMessage['state']): void {
    this.#state.messages.push({ ...message, state, ticks: ticksByState[state] })
    this.#state.scrolled = 0
  }

  #tick(id: string, state: ChatMessage['state']): void {
    const message = this.#state.messages.find(message => message.id === id)
    if (message) Object.assign(message, { state, ticks: ticksByState[state] })
  }

  #send(event: object): void {
    this.#socket?.send(JSON.stringify(event))
  }
}

function describeTyping(names: readonly string[]): string {
  if (names.length === 0) return ''
  return names.length === 1 ? `${names[0]} is typing…` : `${names.join(' and ')} are typing…`
}
