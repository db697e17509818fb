import { replaceServers } from '../device/references.js'
import { serverUrl } from './server-url.js'

/** Commands whose first argument is a URL to open. */
const openCommands = ['url', 'navigateTo', 'newWindow']

/**
 * Lets commands that open a URL accept `${server:chat}/path`, as devices.json does.
 * @param commands - a prototype for WebdriverIO's browser
 */
export function withServerReferences(commands: PropertyDescriptorMap): PropertyDescriptorMap {
  const changed = openCommands.flatMap(name => {
    const descriptor = commands[name]
    return descriptor && typeof descriptor.value === 'function' ? [[name, withReferences(descriptor)] as const] : []
  })
  return { ...commands, ...Object.fromEntries(changed) }
}

function withReferences(descriptor: PropertyDescriptor): PropertyDescriptor {
  const open = descriptor.value as (this: unknown, ...args: unknown[]) => unknown
  return {
    ...descriptor,
    value: async function (this: unknown, address: unknown, ...rest: unknown[]) {
      return await open.call(this, typeof address === 'string' ? replaceServers(address, serverUrl) : address, ...rest)
    },
  }
}
