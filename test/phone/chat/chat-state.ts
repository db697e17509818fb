/** The app's package. */
export const chatPackage = 'baton.chat'
/** Its launcher activity. */
export const chatActivity = 'baton.chat.MainActivity'

export interface ChatMessage {
  id: string
  from: string
  text: string
  state: 'sending' | 'sent' | 'delivered'
  /** How the state is shown. */
  ticks: string
}

export interface ChatState {
  version: string
  room: string
  name: string
  joined: boolean
  presence: string
  messages: ChatMessage[]
  typingText: string
  draft: string
  focused: 'name' | 'message' | undefined
  /** How far the list is scrolled up, in pixels. */
  scrolled: number
  /** Why it could not join; empty if all is well. */
  problem: string
}

export const ticksByState = { sending: '', sent: '✓', delivered: '✓✓' } as const
