import assert from 'node:assert/strict'
import { ElementSelectors } from '../../../../src/script/trace/element-selectors.js'

const element = (id: string): object => ({ 'element-6066-11e4-a52e-4f735466cecf': id })

describe('the selector of an element', () => {
  /** Looks for something, as a command does, and remembers the result. */
  function find(elements: ElementSelectors, command: string, args: unknown[], result: unknown, inScript?: string) {
    const { selector = '', isSearch } = elements.selectorOf('alice', command, args, inScript)
    assert.ok(isSearch)
    elements.learn('alice', selector, result)
    return selector
  }

  it('is remembered from the search that found it', () => {
    const elements = new ElementSelectors()
    find(elements, 'findElement', ['css selector', '#send'], element('1'))
    find(elements, 'findElements', ['accessibility id', 'Item'], [element('2'), element('3')])
    find(elements, 'findElementFromElement', ['3', 'css selector', '.name'], element('4'))
    find(elements, 'browsingContext.locateNodes', [{ locator: { type: 'css', value: 'p' } }], {
      nodes: [{ sharedId: '5' }],
    })
    find(elements, 'browsingContext.locateNodes', [{ locator: { type: 'css', value: 'b' } }], {
      type: 'success',
      result: { nodes: [{ sharedId: '6' }] },
    })
    const of = (role: string, command: string, args: unknown[]) => {
      const { selector, isSearch } = elements.selectorOf(role, command, args)
      assert.ok(!isSearch)
      return selector
    }
    const selectors = ['1', '2', '3', '4', '5', '6'].map(id => of('alice', 'elementClick', [id]))
    assert.deepEqual(selectors, ['#send', '~Item [0]', '~Item [1]', '~Item [1] .name', 'p', 'b'])
    assert.equal(of('bob', 'elementClick', ['1']), undefined)
    assert.equal(of('alice', 'executeScript', ['…', [element('1')]]), '#send')
  })

  it('is the one in the script, also if WebdriverIO looks for the element again', () => {
    const elements = new ElementSelectors()
    assert.equal(find(elements, 'findElement', ['xpath', './/*[…]'], element('1'), '.text=Hello'), '.text=Hello')
    assert.equal(find(elements, 'findElement', ['xpath', './/*[…]'], element('2')), '.text=Hello')
  })
})
