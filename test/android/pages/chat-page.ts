import type { $ } from '@wdio/globals'
import { activeDevice } from 'baton'
import { androidChat } from './android-chat.js'
import { webChat } from './web-chat.js'

type Found = ReturnType<typeof $>

/** What a script needs of the chat, whatever shows it. */
export interface ChatPage {
  enter(room: string, name: string): Promise<void>
  say(text: string): Promise<void>
  /** The message of exactly this text. */
  message(text: string): Found
  readonly presence: Found
  /** How far the last message has come: `sent`, `delivered`. */
  fate(): Promise<string | null>
}

/** The page object of the device that holds the baton just now. */
export function chat(): ChatPage {
  return activeDevice().platform === 'android' ? androidChat : webChat
}
