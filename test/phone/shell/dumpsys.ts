import { dumpPackage } from './dumpsys-package.js'
import { dumpActivity, dumpWindow } from './dumpsys-window.js'
import { CommandFailure, type Command, type Invocation } from './shell-io.js'
import { density, size } from '../screen/view.js'

const dumps: Record<string, (invocation: Invocation) => string> = {
  battery,
  power,
  package: dumpPackage,
  window: dumpWindow,
  activity: dumpActivity,
  input_method: () => '  mInputShown=false\n  mIsInputViewShown=false\n',
  input: ({ phone }) => `  SurfaceOrientation: ${phone.display.rotation}\n`,
  display: () =>
    `  mBaseDisplayInfo=DisplayInfo{"Built-in Screen", real ${size.width} x ${size.height}, density ${density}, 60.000004 fps}\n`,
  deviceidle: () => '',
  SurfaceFlinger: () => 'Display 4619827259835644672 (HWC display 0): port=0 pnpId=SIM displayName="Built-in Screen"\n',
  diskstats: ({ phone }) =>
    `Data-Free: ${Math.floor(phone.freeBytes / 1024)}K / 8388608K total = ${Math.floor((phone.freeBytes / (8 * 1024 ** 3)) * 100)}% free\n`,
  cpuinfo: () => 'Load: 0.1 / 0.1 / 0.1\n',
  meminfo: () => 'Total RAM: 3,900,000K (status normal)\n',
  location: ({ phone }) =>
    `  location [u0]: ${phone.settings.get('secure', 'location_mode') !== '0' ? 'enabled' : 'disabled'}\n`,
  thermalservice: ({ phone }) =>
    `Temperature{mValue=${phone.behavior.batteryCelsius}, mType=2, mName=battery, mStatus=0}\n`,
}

/** `dumpsys SERVICE …` */
export const dumpsys: Command = invocation => {
  const [service = '', ...args] = invocation.args.filter((arg, index, all) => arg !== '-t' && all[index - 1] !== '-t')
  const dump = dumps[service]
  if (!dump) throw new CommandFailure(`Can't find service: ${service}`, 0)
  invocation.io.out(dump({ ...invocation, args }))
  return 0
}

function battery({ phone, args }: Invocation): string {
  const { behavior } = phone
  if (args[0] === 'set' && args[1] === 'level') phone.set({ batteryPercent: Number(args[2]) })
  if (args[0] === 'set' && args[1] === 'temp') phone.set({ batteryCelsius: Number(args[2]) / 10 })
  if (args[0] === 'unplug') phone.set({ charging: false })
  if (args.length > 0) return ''
  return `Current Battery Service state:
  AC powered: false
  USB powered: ${behavior.charging}
  Wireless powered: false
  status: ${behavior.charging ? 2 : 3}
  health: 2
  present: true
  level: ${behavior.batteryPercent}
  scale: 100
  voltage: 4100
  temperature: ${Math.round(behavior.batteryCelsius * 10)}
  technology: Li-ion
`
}

function power({ phone }: Invocation): string {
  const { on } = phone.display
  return `POWER MANAGER (dumpsys power)

Power Manager State:
  mIsPowered=${phone.behavior.charging}
  mBatteryLevel=${phone.behavior.batteryPercent}
  mWakefulness=${on ? 'Awake' : 'Asleep'}
  mWakefulnessChanging=false
  mStayOn=${phone.settings.get('global', 'stay_on_while_plugged_in') !== '0'}
Display Power: state=${on ? 'ON' : 'OFF'}
`
}
