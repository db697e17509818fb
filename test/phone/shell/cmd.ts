import { pm } from './pm.js'
import { CommandFailure, type Command } from './shell-io.js'
import { settings } from './settings-command.js'

/** `cmd SERVICE …`: the services' own command lines. */
export const cmd: Command = invocation => {
  const { phone, io } = invocation
  const [service = '', ...args] = invocation.args.filter(arg => arg !== '-w')
  const rest = { ...invocation, args }
  switch (service) {
    case 'package':
      return pm(rest)
    case 'settings':
      return settings(rest)
    case 'location':
      if (args[0] === 'is-location-enabled') io.out(`${phone.settings.get('secure', 'location_mode') !== '0'}\n`)
      else phone.settings.put('secure', 'location_mode', args[1] === 'true' ? '3' : '0')
      return 0
    case 'connectivity':
      if (args.length === 1)
        io.out(`${phone.settings.get('global', 'airplane_mode_on') === '1' ? 'enabled' : 'disabled'}\n`)
      else phone.settings.put('global', 'airplane_mode_on', args[1] === 'enable' ? '1' : '0')
      return 0
    case 'wifi':
      phone.settings.put('global', 'wifi_on', args[1]?.startsWith('enable') ? '1' : '0')
      return 0
    case 'phone':
      phone.settings.put('global', 'mobile_data', args[1] === 'enable' ? '1' : '0')
      return 0
    case 'uimode':
      io.out('Night mode: no\n')
      return 0
    case 'alarm':
      if (args[0] === 'set-timezone') phone.properties.set('persist.sys.timezone', args[1] ?? 'UTC')
      return 0
    case 'notification':
    case 'statusbar':
    case 'deviceidle':
    case 'bluetooth_manager':
      return 0
    default:
      throw new CommandFailure(`cmd: Can't find service: ${service}`, 20)
  }
}
