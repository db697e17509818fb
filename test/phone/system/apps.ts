import { chatPackage } from '../chat/chat-state.js'
import { ChatApp } from '../chat/chat-app.js'
import { HybridApp } from '../hybrid/hybrid-app.js'
import { hybridPackage } from '../hybrid/hybrid-screen.js'
import type { Phone } from '../phone.js'
import { homeScreen, notRespondingDialog } from '../screen/system-screens.js'
import type { View } from '../screen/view.js'
import type { App, AppSurroundings, Intent } from './app.js'

interface RunningApp {
  package: string
  activity: string
  pid: number
  app: App
  notResponding: boolean
}

/** Runs apps: starts them, shows the one in front, crashes them. */
export class Apps {
  readonly #phone: Phone
  readonly #running = new Map<string, RunningApp>()
  readonly #data = new Map<string, Map<string, string>>()
  #front: string | undefined

  constructor(phone: Phone) {
    this.#phone = phone
  }

  get front(): RunningApp | undefined {
    return this.#front === undefined ? undefined : this.#running.get(this.#front)
  }

  /** @returns true if it was started, false if it was running and came to the front */
  start(packageName: string, activity: string, intent: Intent): boolean {
    const known = this.#running.get(packageName)
    const running = known ?? this.#launch(packageName, activity)
    running.app.open(intent)
    this.#front = packageName
    const component = `${packageName}/${activity.replace(packageName, '')}`
    this.#system('I', `START u0 {cmp=${component}} from uid 2000`)
    if (!known) this.#system('I', `Displayed ${component}: +35ms`)
    return !known
  }

  home(): void {
    this.#front = undefined
  }

  clearData(packageName: string): void {
    this.stop(packageName)
    this.#data.delete(packageName)
  }

  stop(packageName: string): void {
    const running = this.#running.get(packageName)
    if (running) this.#phone.processes.end(running.pid)
  }

  /** Crashes the app in front by an uncaught exception. */
  crash(): void {
    const front = this.front
    if (!front) return
    this.#phone.logcat.write({
      pid: front.pid,
      tag: 'AndroidRuntime',
      priority: 'E',
      buffer: 'crash',
      message: [
        'FATAL EXCEPTION: main',
        `Process: ${front.package}, PID: ${front.pid}`,
        'java.lang.IllegalStateException: simulated crash',
        `\tat ${front.package}.MainActivity.onClick(MainActivity.kt:42)`,
        '\tat android.view.View.performClick(View.java:7659)',
      ].join('\n'),
    })
    this.#system('W', `  Force finishing activity ${front.package}/.MainActivity`)
    this.#phone.processes.end(front.pid)
    this.#system('I', `Process ${front.package} (pid ${front.pid}) has died: fg  TOP`)
  }

  /** Makes the app in front stop responding; the system shows a dialog. */
  stopResponding(): void {
    const front = this.front
    if (!front) return
    front.notResponding = true
    const component = `${front.package}/.MainActivity`
    this.#system('E', `ANR in ${front.package} (${component})`)
    this.#system('E', `PID: ${front.pid}`)
    this.#system(
      'E',
      `Reason: Input dispatching timed out (${component} is not responding. Waited 5001ms for MotionEvent)`,
    )
  }

  view(): View {
    const front = this.front
    if (!front) return homeScreen(`${this.#phone.model.manufacturer} ${this.#phone.model.model}`)
    if (!front.notResponding) return front.app.view()
    return notRespondingDialog(front.package, {
      wait: () => (front.notResponding = false),
      close: () => this.stop(front.package),
    })
  }

  #launch(packageName: string, activity: string): RunningApp {
    const { processes } = this.#phone
    const pid = processes.start(packageName, undefined, () => {
      this.#running.get(packageName)?.app.stop()
      this.#running.delete(packageName)
      if (this.#front === packageName) this.#front = undefined
    })
    this.#system('I', `Start proc ${pid}:${packageName}/u0a123 for top-activity {${packageName}/${activity}}`)
    const running = { package: packageName, activity, pid, app: this.#create(packageName, pid), notResponding: false }
    this.#running.set(packageName, running)
    return running
  }

  #create(packageName: string, pid: number): App {
    const { behavior, logcat, model, network, packages } = this.#phone
    const known = knownApps[packageName]
    if (!known) return blankApp(packageName)
    const data = this.#data.get(packageName) ?? new Map<string, string>()
    this.#data.set(packageName, data)
    return new known.app({
      package: packageName,
      version: packages.get(packageName)?.versionName ?? '',
      pid,
      model,
      behavior,
      data,
      log: message => logcat.write({ pid, tag: known.tag, message }),
      connect: (host, port) => network.connect(host, port),
      serve: (socket, handle) => network.listenAbstract(socket, handle),
    })
  }

  #system(priority: 'I' | 'W' | 'E', message: string): void {
    const pid = this.#phone.processes.pidOf('system_server')
    this.#phone.logcat.write({ pid, tag: 'ActivityManager', priority, buffer: 'system', message })
  }
}

/** Apps with a behavior, by package, and the tag of their log messages. */
const knownApps: Record<string, { app: new (phone: AppSurroundings) => App; tag: string }> = {
  [chatPackage]: { app: ChatApp, tag: 'Chat' },
  [hybridPackage]: { app: HybridApp, tag: 'Hybrid' },
}

/** Any other app shows its name. */
function blankApp(packageName: string): App {
  return { open: () => {}, stop: () => {}, view: () => homeScreen(packageName) }
}
