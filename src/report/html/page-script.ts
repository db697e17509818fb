import { farmScript } from './farm-script.js'

/** The script of the page: the filter, and opening what a link points to. It has no data of the run. */
export const pageScript = `
const text = document.getElementById('text'), verdict = document.getElementById('verdict')
const rows = [...document.querySelectorAll('.modules > li')]
const found = document.getElementById('found')
function filter() {
  const words = text.value.toLowerCase().split(/\\s+/).filter(Boolean)
  let count = 0
  for (const row of rows) {
    const isShown = (!verdict.value || row.dataset.verdict === verdict.value) &&
      words.every(word => row.dataset.text.includes(word))
    row.hidden = !isShown
    if (isShown) count++
  }
  found.textContent = count + ' of ' + rows.length
}
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!target) return
  for (let above = target; above; above = above.parentElement) {
    if (above.tagName === 'DETAILS') above.open = true
    above.hidden = false
  }
  const own = target.querySelector(':scope > details')
  if (own) own.open = true
  target.scrollIntoView({ block: 'center' })
}
text.addEventListener('input', filter)
verdict.addEventListener('change', filter)
document.querySelector('form').addEventListener('submit', event => event.preventDefault())
addEventListener('hashchange', follow)
addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement !== text) { event.preventDefault(); text.focus() }
})
filter()
follow()
${farmScript}`
