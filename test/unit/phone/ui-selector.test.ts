import assert from 'node:assert/strict'
import { parseUiSelectors, UiSelectorError } from '../../phone/automator/ui-selector.js'
import { findByUiSelector } from '../../phone/automator/ui-selector-find.js'
import { box, type View } from '../../phone/screen/view.js'

let nextKey = 0

function view(details: Partial<View>, children: View[] = []): View {
  const key = `view ${nextKey++}`
  return { key, class: 'android.view.View', package: 'app', bounds: box(0, 0, 9, 9), children, ...details }
}

const screen = view({}, [
  view({ id: 'app:id/list', scroll: () => {} }, [
    view({ text: 'Alpha one', class: 'android.widget.TextView' }),
    view({ text: 'Beta "two"', class: 'android.widget.TextView', description: 'second' }),
  ]),
  view({ text: 'Alpha three', class: 'android.widget.Button', tap: () => {} }),
])

function texts(selector: string): string[] {
  return parseUiSelectors(selector).flatMap(expression => {
    assert.equal(expression.kind, 'selector')
    return expression.kind === 'selector'
      ? findByUiSelector(screen, expression.selector).map(({ text }) => text ?? '')
      : []
  })
}

describe('UiSelector on the screen of a simulated phone', () => {
  const cases: [string, string[]][] = [
    ['new UiSelector().text("Alpha one")', ['Alpha one']],
    ['UiSelector().textContains("ALPHA")', ['Alpha one', 'Alpha three']],
    ['new UiSelector().textStartsWith("beta")', ['Beta "two"']],
    ['new UiSelector().text("Beta \\"two\\"")', ['Beta "two"']],
    ['new UiSelector().textMatches(".*(one|three)")', ['Alpha one', 'Alpha three']],
    ['new UiSelector().description("second")', ['Beta "two"']],
    ['new UiSelector().className("android.widget.TextView").instance(1)', ['Beta "two"']],
    ['new UiSelector().clickable(true)', ['Alpha three']],
    ['new UiSelector().resourceId("app:id/list").childSelector(new UiSelector().index(0))', ['Alpha one']],
    ['new UiSelector().text("Alpha one").fromParent(new UiSelector().description("second"))', ['Beta "two"']],
    ['new UiSelector().text("Alpha one"); new UiSelector().description("second");', ['Alpha one', 'Beta "two"']],
  ]
  for (const [selector, expected] of cases) {
    it(selector, () => assert.deepEqual(texts(selector), expected))
  }

  it('parses what UiScrollable looks for', () => {
    const container = 'new UiScrollable(new UiSelector().scrollable(true)).setAsVerticalList()'
    for (const call of ['scrollIntoView(new UiSelector().text("x"))', 'scrollTextIntoView("x")']) {
      const [expression] = parseUiSelectors(`${container}.${call}`)
      assert.ok(expression?.kind === 'scroll')
      assert.deepEqual(expression.target.conditions, [{ name: 'text', value: 'x' }])
    }
  })

  for (const selector of ['', 'new UiSelector().text("a"', 'new UiSelector().colour("red")', '//*']) {
    it(`refuses ${selector || 'nothing'}`, () => assert.throws(() => texts(selector), UiSelectorError))
  }
})
