/** The app's package. */
export const chatPackage = 'baton.chat'
/** The activity that its icon starts. */
export const chatActivity = 'baton.chat.MainActivity'

export interface ChatMessage {
  id: string
  from: string
  text: string
  state: 'sending' | 'sent' | 'delivered'
  /** How the state looks. */
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
  /** How many pixels above the newest message the list stands. */
  scrolled: number
  /** Why it could not join; empty where all is well. */
  problem: string
}

export const ticksByState = { sending: '', sent: '✓', delivered: '✓✓' } as const
