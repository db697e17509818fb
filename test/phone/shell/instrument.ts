import type { Command } from './shell-io.js'

const server = 'io.appium.uiautomator2.server'

/** `am instrument -w … PACKAGE/RUNNER`: the UiAutomator2 server runs for as long as this does. */
export const instrument: Command = async ({ phone, args, io }) => {
  const target = args.at(-1) ?? ''
  const known = phone.packages.list().some(({ instrumentations }) => instrumentations.includes(target))
  if (!known || (target.startsWith(server) && !phone.packages.get(server))) {
    io.err(`INSTRUMENTATION_STATUS: Error=Unable to find instrumentation info for: ComponentInfo{${target}}\n`)
    io.err(`INSTRUMENTATION_FAILED: ${target}\n`)
    return 1
  }
  const ended = phone.automator.run()
  io.out('INSTRUMENTATION_STATUS: class=io.appium.uiautomator2.server.test.AppiumUiAutomator2Server\n')
  // As on a real phone, a killed `adb shell` ends nothing: the server runs until it is stopped.
  const outcome = await ended
  io.out(
    outcome === 'finished'
      ? 'INSTRUMENTATION_STATUS_CODE: 0\nOK (1 test)\n\nINSTRUMENTATION_CODE: -1\n'
      : 'INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0\n',
  )
  return 0
}
