import { isRuntimePermission } from '../system/packages.js'
import { install, installFailure, uninstall } from './pm-install.js'
import { packageService } from './package-service.js'
import { CommandFailure, userIn, type Command, type Invocation, type ShellIo } from './shell-io.js'

/** `pm …` and `cmd package …` */
export const pm: Command = async invocation => {
  const { phone, io } = invocation
  await packageService(phone, io.signal)
  const [verb = '', ...args] = invocation.args
  const rest = { ...invocation, args }
  switch (verb) {
    case 'list':
      return list(rest)
    case 'path':
      return path(rest)
    case 'install':
      return install(rest)
    case 'uninstall':
      return uninstall(rest)
    case 'clear':
      return clear(rest)
    case 'grant':
    case 'revoke':
      return changePermission(rest, verb === 'grant')
    case 'resolve-activity':
      return resolveActivity(rest)
    case 'install-create':
      io.out(installFailure('INSTALL_FAILED_INTERNAL_ERROR: the simulated phone takes whole files only'))
      return 1
    case 'disable-user':
    case 'enable':
    case 'trim-caches':
    case 'compile':
      return 0
    default:
      throw new CommandFailure(`Unknown command: ${verb}`, 255)
  }
}

function list({ phone, args, io }: Invocation): number {
  const [what] = args
  if (what === 'instrumentation') {
    for (const { instrumentations, package: name } of phone.packages.list()) {
      for (const target of instrumentations)
        io.out(`instrumentation:${target} (target=${name.replace(/\.test$/, '')})\n`)
    }
    return 0
  }
  if (what === 'features') {
    io.out('feature:android.hardware.touchscreen\nfeature:android.hardware.wifi\n')
    return 0
  }
  if (what === 'users') {
    io.out('Users:\n\tUserInfo{0:Owner:c13} running\n')
    return 0
  }
  if (what !== 'packages') throw new CommandFailure(`Error: unknown list type '${what}'`, 255)
  const words = withoutUser(args.slice(1))
  const filter = words.find(arg => !arg.startsWith('-'))
  for (const each of phone.packages.list()) {
    if (filter !== undefined && !each.package.includes(filter)) continue
    if ((words.includes('-3') && each.system) || (words.includes('-s') && !each.system)) continue
    const file = words.includes('-f') ? `${each.apkPath}=` : ''
    const code = words.includes('--show-versioncode') ? ` versionCode:${each.versionCode}` : ''
    io.out(`package:${file}${each.package}${code}\n`)
  }
  return 0
}

function withoutUser(args: readonly string[]): string[] {
  return args.filter((arg, index) => arg !== '--user' && args[index - 1] !== '--user')
}

function path({ phone, args, io }: Invocation): number {
  const installed = phone.packages.get(withoutUser(args).at(-1) ?? '')
  if (!installed) return 1
  io.out(`package:${installed.apkPath}\n`)
  return 0
}

function clear({ phone, args, io }: Invocation): number {
  const installed = phone.packages.get(withoutUser(args).at(-1) ?? '')
  if (!installed || phone.behavior.failClear) {
    io.out('Failed\n')
    return 1
  }
  if (userIn(phone, args) !== phone.behavior.user) return succeed(io)
  phone.apps.clearData(installed.package)
  phone.processes.endNamed(installed.package)
  for (const permission of installed.granted) if (isRuntimePermission(permission)) installed.granted.delete(permission)
  return succeed(io)
}

function succeed(io: ShellIo): number {
  io.out('Success\n')
  return 0
}

function changePermission({ phone, args }: Invocation, grant: boolean): number {
  const [name = '', permission = ''] = withoutUser(args)
  const installed = phone.packages.get(name)
  if (!installed)
    throw new CommandFailure(
      `Exception occurred while executing 'grant':\njava.lang.IllegalArgumentException: Unknown package: ${name}`,
      255,
    )
  if (!installed.permissions.includes(permission)) {
    throw new CommandFailure(
      `Exception occurred while executing 'grant':\njava.lang.SecurityException: Package ${name} has not requested permission ${permission}`,
      255,
    )
  }
  if (!isRuntimePermission(permission)) {
    throw new CommandFailure(
      `Exception occurred while executing 'grant':\njava.lang.SecurityException: Permission ${permission} requested by ${name} is not a changeable permission type`,
      255,
    )
  }
  if (userIn(phone, args) === phone.behavior.user) installed.granted[grant ? 'add' : 'delete'](permission)
  return 0
}

function resolveActivity({ phone, args, io }: Invocation): number {
  const installed = phone.packages.get(withoutUser(args).at(-1) ?? '')
  if (!installed?.launcher) {
    io.out('No activity found\n')
    return 0
  }
  const activity = installed.launcher.replace(installed.package, '')
  io.out(
    `priority=0 preferredOrder=0 match=0x108000 specificIndex=-1 isDefault=true\n${installed.package}/${activity}\n`,
  )
  return 0
}
