/*
 * What is evaluated in pages while a module is explored.
 */

/** Knows which timers a page has started, and when the next one is due. Changes nothing else. */
export const pageTimers = `(() => {
  if (window.__batonTimers) return
  const due = new Map()
  Object.defineProperty(window, '__batonTimers', { value: due })
  const { setTimeout, clearTimeout, setInterval, clearInterval } = window
  const now = performance.now.bind(performance)
  window.setTimeout = (act, ms, ...args) => {
    if (typeof act !== 'function') return setTimeout(act, ms)
    const id = setTimeout(() => { due.delete(id); act(...args) }, ms)
    due.set(id, now() + (Number(ms) || 0))
    return id
  }
  window.setInterval = (act, ms, ...args) => {
    if (typeof act !== 'function') return setInterval(act, ms)
    const id = setInterval(() => { due.set(id, now() + (Number(ms) || 0)); act(...args) }, ms)
    due.set(id, now() + (Number(ms) || 0))
    return id
  }
  window.clearTimeout = id => { due.delete(id); clearTimeout(id) }
  window.clearInterval = id => { due.delete(id); clearInterval(id) }
})()`

/** Resolves when the page has drawn a frame, or would have: what was typed and tapped before has reached it then. */
export const awaitInput = `new Promise(resolve => {
  requestAnimationFrame(() => resolve(0))
  setTimeout(() => resolve(0), 50)
})`

/** Resolves after the tasks that the page has now; returns how many timers there are, and the milliseconds to the next. */
export const pingPage = `new Promise(resolve => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    const due = [...(window.__batonTimers ?? new Map()).values()]
    resolve([due.length, due.length > 0 ? Math.max(0, Math.min(...due) - performance.now()) : 0])
  }
  port2.postMessage(0)
})`
