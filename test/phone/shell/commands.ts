import { am } from './am.js'
import { cmd } from './cmd.js'
import { dumpsys } from './dumpsys.js'
import { fileCommands } from './file-commands.js'
import { input } from './input.js'
import { logcat } from './logcat-command.js'
import { pm } from './pm.js'
import { settings } from './settings-command.js'
import { screenrecord } from './screenrecord.js'
import type { Command } from './shell-io.js'
import { systemCommands } from './system-commands.js'
import { wm } from './wm.js'

/** All commands of the phone's shell. */
export const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    am,
    cmd,
    dumpsys,
    input,
    logcat,
    pm,
    screenrecord,
    settings,
    wm,
    ...fileCommands,
    ...systemCommands,
  }),
)
