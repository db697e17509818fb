/// <reference lib="dom" />
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { element, type Call } from './page.js'

/** In the page. */
const byTag = (tag: string, root?: Element) => [...(root ?? document).querySelectorAll(tag)]

/** Commands of elements. */
export const elementCalls: Record<string, Call> = {
  $: async b => (await b.$('ul').$('li').getElement()).selector,
  $$: async b => (await b.$('ul').$$('li').getElements()).length,
  addValue: async b => {
    await b.$('#text').addValue('more')
    return b.$('#text').getValue()
  },
  clearValue: async b => {
    await b.$('#text').clearValue()
    return b.$('#text').getValue()
  },
  setValue: async b => {
    await b.$('#text').setValue(12)
    return b.$('#text').getValue()
  },
  click: async b => {
    await b.$('#button').click({ x: 2 })
    return b.$('#button').getAttribute('data-clicks')
  },
  doubleClick: b => b.$('#button').doubleClick(),
  custom$: async b => {
    b.addLocatorStrategy('tag', byTag as never)
    return b.$('ul').custom$('tag', 'li').getText()
  },
  custom$$: async b => (await b.$('ul').custom$$('tag', 'li').getElements()).length,
  react$: b => b.$('ul').react$('None').isExisting(),
  react$$: async b => (await b.$('ul').react$$('None').getElements()).length,
  shadow$: b => b.$('#host').shadow$('.deep').getText(),
  shadow$$: async b => (await b.$('#host').shadow$$('.deep').getElements()).length,
  dragAndDrop: b => b.$('#box').dragAndDrop({ x: 5, y: 5 }),
  execute: b => b.$('#title').execute(node => node.id),
  executeAsync: b => b.$('#title').executeAsync((...[node, done]) => (done as (id: string) => void)(node.id)),
  getAttribute: b => b.$('#link').getAttribute('href'),
  getCSSProperty: async b => (await b.$('#box').getCSSProperty('color')).parsed,
  getComputedLabel: b => b.$('#text').getComputedLabel(),
  getComputedRole: b => b.$('#check').getComputedRole(),
  getElement: async b => (await b.$('#title').getElement()).selector,
  getElements: async b => (await b.$$('li').getElements()).length,
  getHTML: b => b.$('#host').getHTML(),
  getLocation: b => b.$('#box').getLocation(),
  getProperty: b => b.$('#check').getProperty('checked'),
  getSize: b => b.$('#box').getSize('width'),
  getTagName: b => b.$('#title').getTagName(),
  getText: b => b.$('=other').getText(),
  getValue: b => b.$('#choice').getValue(),
  isClickable: b => b.$('#button').isClickable(),
  isDisplayed: b => b.$('#none').isDisplayed(),
  isEnabled: b => b.$('#text').isEnabled(),
  isEqual: async b => (await element(b)).isEqual(await element(b, 'h1')),
  isExisting: b => b.$('#none').isExisting(),
  isFocused: b => b.$('#box').isFocused(),
  isSelected: b => b.$('#check').isSelected(),
  isStable: b => b.$('#box').isStable(),
  moveTo: b => b.$('#button').moveTo({ xOffset: 1 }),
  nextElement: b => b.$('#first').nextElement().getText(),
  parentElement: b => b.$('#first').parentElement().getTagName(),
  previousElement: b => b.$('#second').previousElement().getText(),
  saveScreenshot: async b => {
    const folder = await mkdtemp(path.join(tmpdir(), 'baton-calls-'))
    try {
      return Buffer.isBuffer(await b.$('#box').saveScreenshot(path.join(folder, 'box.png')))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  scrollIntoView: b => b.$('#box').scrollIntoView(),
  selectByAttribute: async b => {
    await b.$('#choice').selectByAttribute('value', 'b')
    return b.$('#choice').getValue()
  },
  selectByIndex: async b => {
    await b.$('#choice').selectByIndex(5)
  },
  selectByVisibleText: async b => {
    await b.$('#choice').selectByVisibleText('A')
    return b.$('#choice').getValue()
  },
  touchAction: b => b.$('#box').touchAction('tap'),
  waitForClickable: b => b.$('#button').waitForClickable(),
  waitForDisplayed: b => b.$('#none').waitForDisplayed({ timeout: 20, interval: 10 }),
  waitForEnabled: b => b.$('#text').waitForEnabled({ reverse: true, timeout: 20, interval: 10 }),
  waitForExist: b => b.$('#title').waitForExist(),
  waitForStable: b => b.$('#box').waitForStable(),
  waitUntil: b => b.$('#title').waitUntil(async () => true),
}
