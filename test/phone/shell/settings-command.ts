import { CommandFailure, type Command } from './shell-io.js'

/** `settings get|put|delete|list NAMESPACE [KEY [VALUE]]` */
export const settings: Command = ({ phone, args, io }) => {
  const [verb = '', namespace = '', key = '', value = ''] = args.filter((arg, index) => !isUser(args, index))
  if (!phone.settings.has(namespace)) throw new CommandFailure(`Invalid namespace '${namespace}'`, 255)
  if (phone.behavior.settingsForbidden && ['put', 'delete'].includes(verb)) {
    throw new CommandFailure(
      `Exception occurred while executing '${verb}':\njava.lang.SecurityException: Permission denial: writing to settings requires:android.permission.WRITE_SECURE_SETTINGS`,
      255,
    )
  }
  switch (verb) {
    case 'get':
      io.out(`${phone.settings.get(namespace, key) ?? 'null'}\n`)
      return 0
    case 'put':
      phone.settings.put(namespace, key, value)
      return 0
    case 'delete':
      io.out(`Deleted ${phone.settings.delete(namespace, key) ? 1 : 0} rows\n`)
      return 0
    case 'list':
      io.out(
        phone.settings
          .list(namespace)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      )
      return 0
    default:
      throw new CommandFailure(`Invalid command: ${verb}`, 255)
  }
}

const isUser = (args: readonly string[], index: number): boolean =>
  args[index] === '--user' || args[index - 1] === '--user'
