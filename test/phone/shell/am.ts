import { chatPackage } from '../chat/chat-state.js'
import type { Phone } from '../phone.js'
import { CommandFailure, userIn, type Command, type Invocation } from './shell-io.js'
import { instrument } from './instrument.js'

const settingsApp = 'io.appium.settings'

/** `am start|force-stop|instrument|broadcast …` */
export const am: Command = invocation => {
  const { phone, args, io } = invocation
  const rest = { ...invocation, args: args.slice(1) }
  const [verb = ''] = args
  switch (verb) {
    case 'start':
    case 'start-activity':
      return start(rest)
    case 'startservice':
    case 'start-service':
    case 'start-foreground-service':
    case 'stopservice':
      return startService(rest)
    case 'force-stop':
    case 'kill':
      for (const name of rest.args.filter(isPackage)) phone.processes.endNamed(name)
      return 0
    case 'instrument':
      return instrument(rest)
    case 'broadcast':
      return broadcast(rest)
    case 'get-current-user':
      io.out(`${phone.behavior.user}\n`)
      return 0
    case 'crash':
      phone.apps.crash()
      return 0
    case 'switch-user':
      phone.set({ user: Number(rest.args[0]) })
      return 0
    case 'send-trim-memory':
      return 0
    default:
      throw new CommandFailure(`Unknown command: ${verb}`, 255)
  }
}

const isPackage = (word: string): boolean => /^[A-Za-z]\w*(\.\w+)+$/.test(word)

export interface ParsedIntent {
  component?: string
  action?: string
  link?: string
  /** A package as the last argument. */
  package?: string
  stopFirst: boolean
  wait: boolean
  extras: Record<string, string>
}

const withValue = new Set(['-c', '-f', '-t', '--user', '-p', '--receiver-permission', '--display', '--windowingMode'])

export function parseIntent(args: readonly string[]): ParsedIntent {
  const intent: ParsedIntent = { stopFirst: false, wait: false, extras: {} }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (arg === '-n') intent.component = args[++at] ?? ''
    else if (arg === '-a') intent.action = args[++at] ?? ''
    else if (arg === '-d') intent.link = args[++at] ?? ''
    else if (arg === '-p') intent.package = args[++at] ?? ''
    else if (arg === '-S') intent.stopFirst = true
    else if (arg === '-W') intent.wait = true
    else if (/^--e([siflzu]|ia|sa)$|^-e$/.test(arg)) intent.extras[args[++at] ?? ''] = args[++at] ?? ''
    else if (withValue.has(arg)) at++
    else if (!arg.startsWith('-')) {
      if (arg.includes('/')) intent.component = arg
      else intent.package = arg
    }
  }
  return intent
}

function start({ phone, args, io }: Invocation): number {
  const intent = parseIntent(args)
  const user = userIn(phone, args)
  const found = resolve(phone, intent)
  io.out(`Starting: Intent { ${describe(intent)} }\n`)
  if (typeof found === 'string') {
    io.err(`${found}\n`)
    return 1
  }
  // The screen of another user shows nothing of it. Appium's settings app has no screen.
  if (user !== phone.behavior.user && found.package !== settingsApp) return 0
  if (intent.stopFirst) phone.apps.stop(found.package)
  const { link, extras } = intent
  const anew =
    found.package === settingsApp
      ? startSettingsApp(phone)
      : phone.apps.start(found.package, found.activity, { extras, ...(link === undefined ? {} : { link }) })
  if (!anew)
    io.out('Warning: Activity not started, intent has been delivered to currently running top-most instance.\n')
  if (intent.wait) {
    const state = anew ? 'COLD' : 'HOT'
    const component = `${found.package}/${found.activity.replace(found.package, '')}`
    io.out(`Status: ok\nLaunchState: ${state}\nActivity: ${component}\nTotalTime: 35\nWaitTime: 36\nComplete\n`)
  }
  return 0
}

function describe({ action, link, component }: ParsedIntent): string {
  const fields = { act: action, dat: link, cmp: component }
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** What an intent starts, or adb's error message. */
function resolve(phone: Phone, intent: ParsedIntent): { package: string; activity: string } | string {
  const isLink = /^https?:/.test(intent.link ?? '')
  const [named, activity] = intent.component?.split('/') ?? []
  const packageName = named ?? intent.package ?? (isLink ? chatPackage : undefined)
  const installed = packageName === undefined ? undefined : phone.packages.get(packageName)
  if (!packageName || !installed) {
    if (intent.component === undefined)
      return `Error: Activity not started, unable to resolve Intent { ${describe(intent)} }`
    return `Error type 3\nError: Activity class {${intent.component}} does not exist.`
  }
  const full = activity?.startsWith('.') ? packageName + activity : activity
  if (
    full !== undefined &&
    installed.launcher !== undefined &&
    full !== installed.launcher &&
    packageName === chatPackage
  ) {
    return `Error type 3\nError: Activity class {${packageName}/${full}} does not exist.`
  }
  const launcher = full ?? installed.launcher
  return launcher === undefined
    ? `Error: Activity not started, unable to resolve Intent { ${describe(intent)} }`
    : { package: packageName, activity: launcher }
}

/** Appium's settings app has no screen: it is a service. */
function startSettingsApp(phone: Phone): boolean {
  if (phone.processes.named(settingsApp).length > 0) return false
  phone.processes.start(settingsApp)
  return true
}

function startService({ phone, args, io }: Invocation): number {
  const { component = '' } = parseIntent(args)
  const [packageName = ''] = component.split('/')
  if (!phone.packages.get(packageName)) {
    io.err(`Error: Not found; no service started.\n`)
    return 255
  }
  io.out(`Starting service: Intent { cmp=${component} }\n`)
  return 0
}

function broadcast({ phone, args, io }: Invocation): number {
  const { action, component, extras } = parseIntent(args)
  const target = component?.split('/')[0] ?? action ?? ''
  const heard = target.startsWith(settingsApp) && phone.packages.get(settingsApp) !== undefined
  if (heard && action === `${settingsApp}.locale`) {
    const { lang, script, country } = extras
    phone.properties.set('persist.sys.locale', [lang, script, country].filter(Boolean).join('-'))
  }
  io.out(
    `Broadcasting: Intent { act=${action} flg=0x400000 }\nBroadcast completed: result=${heard ? -1 : 0}${heard ? ', data=""' : ''}\n`,
  )
  return 0
}
