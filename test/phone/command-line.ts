import { parseArgs } from 'node:util'
import type { Announcement } from './control-calls.js'
import type { PhonesOptions } from './phones-in-process.js'

interface Arguments {
  /** Port of the adb server; 0 starts a private one. */
  rack: PhonesOptions
  isChild: boolean
  controlPort: number
}

export function readArguments(args: string[]): Arguments {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      'adb-port': { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
      style: { type: 'string', default: 'emulator' },
      fresh: { type: 'boolean', default: false },
      'no-chat': { type: 'boolean', default: false },
      hybrid: { type: 'boolean', default: false },
    },
  })
  const controlPort = Number(values['control-port'])
  if (values.json !== undefined) return { rack: JSON.parse(values.json) as PhonesOptions, isChild: true, controlPort }
  const rack: PhonesOptions = {
    count: Number(positionals[0] ?? 1),
    adbPort: Number(values['adb-port']),
    style: values.style === 'connect' ? 'connect' : 'emulator',
    provisioned: !values.fresh,
    chat: !values['no-chat'],
    hybrid: values.hybrid,
  }
  return { rack, isChild: false, controlPort }
}

/** Instructions for a user: entries for devices.json, and curl commands that inject faults. */
export function describePhones({ control, adbPort, phones }: Announcement): string {
  const adb = { port: adbPort }
  const entries = phones.map(({ serial }, index) =>
    JSON.stringify({ name: `sim-${index + 1}`, driver: 'android', udid: serial, adb }),
  )
  const [first] = phones
  return [
    `${phones.length} simulated ${phones.length === 1 ? 'phone' : 'phones'} on the adb server at port ${adbPort}; for devices.json:`,
    '',
    entries.join(',\n'),
    '',
    `List in adb:     adb -P ${adbPort} devices -l`,
    `Unplug one:      curl -X POST ${control}/phones/${first?.serial}/unplug`,
    `Inject a fault:  curl -X POST ${control}/phones/${first?.serial}/set -d '{"batteryPercent": 3}'`,
    `List status:     curl ${control}/phones`,
    '',
    'Press Ctrl+C to stop them.',
  ].join('\n')
}
