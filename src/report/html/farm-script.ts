/**
 * Draws the lanes of the devices. Only what is seen is drawn: a canvas of a thousand lanes would be too large, and the bars
 * of a lane are found by their order.
 */
export const farmScript = `
const farm = document.getElementById('farm')
if (farm) {
  const canvas = farm.querySelector('canvas'), spacer = farm.querySelector('div')
  const about = document.getElementById('farm-about')
  const { durationMs, lanes, ...data } = JSON.parse(canvas.dataset.farm), modules = data.modules.split('\\n')
  const nameOf = module => document.getElementById('module-' + modules[module])?.querySelector('.name').textContent
  const laneHeight = 22, axis = 20, kinds = ['--good', '--bad', '--warn', '--wait']
  const verdicts = ['passed', 'failed', 'device problem', 'not ended']
  const label = () => Math.min(140, farm.clientWidth / 4)
  let zoom = 1, hovered
  const scale = () => (farm.clientWidth - label() - 8) * zoom / durationMs
  const shown = ms => ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(1) + ' s'
  function draw() {
    const { clientWidth: width, clientHeight: height, scrollLeft, scrollTop } = farm, ratio = devicePixelRatio || 1
    spacer.style.width = label() + 8 + durationMs * scale() + 'px'
    spacer.style.height = axis + lanes.length * laneHeight - height + 'px'
    canvas.width = width * ratio; canvas.height = height * ratio
    canvas.style.width = width + 'px'; canvas.style.height = height + 'px'
    const pen = canvas.getContext('2d'), style = getComputedStyle(farm), color = name => style.getPropertyValue(name)
    pen.scale(ratio, ratio); pen.font = '12px system-ui, sans-serif'; pen.textBaseline = 'middle'
    const x = at => label() + at * scale() - scrollLeft, colors = kinds.map(color)
    const first = Math.max(0, Math.floor(scrollTop / laneHeight))
    const last = Math.min(lanes.length, Math.ceil((scrollTop + height - axis) / laneHeight))
    for (let row = first; row < last; row++) {
      const [device, bars] = lanes[row], y = axis + row * laneHeight - scrollTop
      pen.fillStyle = color('--line'); pen.fillRect(0, y + laneHeight - 1, width, 1)
      for (let index = firstSeen(bars, scrollLeft / scale()); index < bars.length; index++) {
        const [start, took, , kind] = bars[index], left = x(start)
        if (left > width) break
        pen.fillStyle = colors[kind]
        pen.fillRect(Math.max(label(), left), y + 3, Math.max(1, x(start + took) - Math.max(label(), left) - 1), laneHeight - 7)
      }
      pen.fillStyle = color('--page'); pen.fillRect(0, y, label(), laneHeight - 1)
      pen.fillStyle = style.color; pen.fillText(device.slice(0, 20), 4, y + laneHeight / 2, label() - 8)
    }
    pen.fillStyle = color('--page'); pen.fillRect(0, 0, width, axis)
    pen.fillStyle = style.color
    const step = niceStep(90 / scale())
    for (let at = Math.ceil(scrollLeft / scale() / step) * step; x(at) < width - 30; at += step) pen.fillText(shown(at), x(at), axis / 2)
  }
  function niceStep(least) {
    let step = 1
    while (step < least) step *= String(step)[0] === '2' ? 2.5 : 2
    return step
  }
  /** The first bar that may end after a time: bars of a lane follow one another. */
  function firstSeen(bars, at) {
    let low = 0, high = bars.length
    while (low < high) { const middle = (low + high) >> 1; if (bars[middle][0] + bars[middle][1] < at) low = middle + 1; else high = middle }
    return low
  }
  function barAt(event) {
    const box = farm.getBoundingClientRect(), at = (event.clientX - box.left - label() + farm.scrollLeft) / scale()
    const lane = lanes[Math.floor((event.clientY - box.top - axis + farm.scrollTop) / laneHeight)]
    if (!lane || event.clientX - box.left < label()) return
    const [device, bars] = lane, index = firstSeen(bars, at), bar = bars[index]
    return { device, at, bar: bar && bar[0] <= at ? bar : undefined, before: bars[index - 1], after: bar }
  }
  farm.addEventListener('mousemove', event => {
    hovered = barAt(event)
    if (!hovered) return
    const { device, bar, before, after } = hovered
    const from = before ? before[0] + before[1] : 0, until = after ? after[0] : durationMs
    about.textContent = device + ': ' + (bar ? nameOf(bar[2]) + (bar[4] > 1 ? ', attempt ' + bar[4] : '') + ', ' +
      verdicts[bar[3]] + ', ' + shown(bar[1]) : 'no module for ' + shown(until - from))
    farm.style.cursor = bar ? 'pointer' : ''
  })
  farm.addEventListener('click', event => {
    const bar = barAt(event)?.bar
    if (bar) location.hash = 'module-' + modules[bar[2]]
  })
  function zoomBy(factor) {
    const middle = (farm.scrollLeft + (farm.clientWidth - label()) / 2) / zoom
    zoom = Math.min(10000, Math.max(1, zoom * factor))
    draw()
    farm.scrollLeft = middle * zoom - (farm.clientWidth - label()) / 2
  }
  document.getElementById('zoom-in').addEventListener('click', () => zoomBy(2))
  document.getElementById('zoom-out').addEventListener('click', () => zoomBy(.5))
  farm.addEventListener('keydown', event => {
    if (event.key === '+' || event.key === '-') zoomBy(event.key === '+' ? 2 : .5)
  })
  let wanted = false
  const redraw = () => { if (!wanted) { wanted = true; requestAnimationFrame(() => { wanted = false; draw() }) } }
  farm.addEventListener('scroll', redraw)
  addEventListener('resize', redraw)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  farm.style.height = Math.min(420, 20 + lanes.length * laneHeight + 16) + 'px'
  draw()
}
`
