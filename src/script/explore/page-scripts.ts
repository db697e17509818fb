/*
 * What is evaluated in pages while a module is explored.
 */

/** Shorter timers of pages run as they come. Milliseconds. */
const maxFreeTimerMs = 20

/**
 * Keeps the timers of a page while they are held, so that the scheduler runs them. Its clock goes on, and jumps to the time at
 * which a timer is due if it runs earlier. Frames have their own timers, which run as they come.
 */
export const pageTimers = `(() => {
  if (window !== window.top || window.__batonTimers) return
  const { setTimeout, clearTimeout, setInterval, clearInterval, requestAnimationFrame, Date } = window
  const dateNow = Date.now
  const performanceNow = performance.now.bind(performance)
  const timers = new Map()
  let isHolding = false
  let ahead = 0
  let rounds = 0
  const now = () => performanceNow() + ahead
  const keep = timer => {
    clearTimeout(timer.native)
    timer.isKept = true
    timer.round = rounds += 1
  }
  const run = timer => {
    timer.isKept = false
    if (timer.isRepeated) begin(timer)
    else timers.delete(timer.id)
    Reflect.apply(timer.act, window, timer.args)
  }
  const begin = timer => {
    timer.dueAt = now() + timer.ms
    timer.leftMs = timer.ms
    if (isHolding) keep(timer)
    else timer.native = setTimeout(() => run(timer), timer.ms)
  }
  const starter = (start, isRepeated) => (act, delay, ...args) => {
    const ms = Number(delay) || 0
    if (typeof act !== 'function' || ms <= ${maxFreeTimerMs}) return start(act, delay, ...args)
    const id = setTimeout(() => {}, 0)
    const timer = { id, act, args, ms, isRepeated }
    timers.set(id, timer)
    begin(timer)
    return id
  }
  const stopper = stop => id => {
    clearTimeout(timers.get(id)?.native)
    timers.delete(id)
    stop(id)
  }
  window.setTimeout = starter(setTimeout, false)
  window.setInterval = starter(setInterval, true)
  window.clearTimeout = stopper(clearTimeout)
  window.clearInterval = stopper(clearInterval)
  window.requestAnimationFrame = act => requestAnimationFrame(at => act(at + ahead))
  performance.now = now
  Date.now = () => dateNow() + Math.ceil(ahead)
  window.Date = new Proxy(Date, {
    construct: (date, args, called) => Reflect.construct(date, args.length > 0 ? args : [date.now()], called),
    apply: date => new date(date.now()).toString(),
  })
  Date.prototype.constructor = window.Date
  const control = {
    setTimeout,
    hold() {
      isHolding = true
      for (const timer of timers.values()) {
        timer.leftMs = Math.max(0, timer.dueAt - now())
        keep(timer)
      }
    },
    release() {
      isHolding = false
      for (const timer of [...timers.values()].filter(({ isKept }) => isKept)) {
        timer.isKept = false
        timer.native = setTimeout(() => run(timer), Math.max(0, timer.dueAt - now()))
      }
    },
    fire(round) {
      const timer = [...timers.values()].find(each => each.isKept && each.round === round)
      if (!timer) return
      ahead += Math.max(0, timer.dueAt - now())
      // As a task, so that an error in it is one of the page.
      setTimeout(() => timers.get(timer.id) === timer && timer.round === round && timer.isKept && run(timer), 0)
    },
    kept: () => [...timers.values()].filter(({ isKept }) => isKept).map(({ round, ms, leftMs }) => [round, ms, leftMs]),
  }
  Object.defineProperty(window, '__batonTimers', { value: control })
})()`

export const holdTimers = 'window.__batonTimers?.hold()'
export const releaseTimers = 'window.__batonTimers?.release()'

/** @param round - as `pingPage` returns it */
export function fireTimer(round: number): string {
  return `new Promise(resolve => {
    window.__batonTimers?.fire(${round})
    const start = window.__batonTimers?.setTimeout ?? setTimeout
    start(() => resolve(0), 0)
  })`
}

/** Resolves when the page has drawn a frame, or would have: what was typed and tapped before has reached it then. */
export const awaitInput = `new Promise(resolve => {
  const start = window.__batonTimers?.setTimeout ?? setTimeout
  requestAnimationFrame(() => resolve(0))
  start(() => resolve(0), 50)
})`

/** Resolves after the tasks that the page has now; returns the timers that it keeps: round, milliseconds, those left. */
export const pingPage = `new Promise(resolve => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    resolve(window.__batonTimers?.kept() ?? [])
  }
  port2.postMessage(0)
})`
