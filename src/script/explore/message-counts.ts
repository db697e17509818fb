import type { MessageCounts } from '../network/message-control-protocol.js'

export const countKeys = ['requests', 'responses', 'sockets', 'up', 'down'] as const

export function sameCounts(one: MessageCounts, other: MessageCounts): boolean {
  return countKeys.every(key => one[key] === other[key])
}

export function addCounts(to: MessageCounts, counts: MessageCounts): void {
  for (const key of countKeys) to[key] += counts[key]
}
