import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage } from '../pages/chat-page.js'

/**
 * Brings alice and bob into one room. The useDevice calls of a helper count: every module that imports this file needs
 * both devices. Afterwards bob is active.
 */
export async function meetInRoom(room: string): Promise<void> {
  await useDevice('alice')
  await chatPage.enter(room, 'Alice')

  await useDevice('bob')
  await chatPage.enter(room, 'Bob')
  await expect(chatPage.presence).toHaveText('2 here')
}
