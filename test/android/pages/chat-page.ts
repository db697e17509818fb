import type { $ } from '@wdio/globals'
import { activeDevice } from 'baton'
import { androidChat } from './android-chat.js'
import { webChat } from './web-chat.js'

type Found = ReturnType<typeof $>

/** The chat, in a browser or as an app. */
export interface ChatPage {
  enter(room: string, name: string): Promise<void>
  say(text: string): Promise<void>
  /** The message with exactly this text. */
  message(text: string): Found
  readonly presence: Found
  /** State of the last message: `sent` or `delivered`. */
  fate(): Promise<string | null>
}

/** Returns the page object of the active device. */
export function chat(): ChatPage {
  return activeDevice().platform === 'android' ? androidChat : webChat
}
