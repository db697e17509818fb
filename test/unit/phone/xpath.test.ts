import assert from 'node:assert/strict'
import { documentOf } from '../../phone/automator/view-document.js'
import { evaluateXPath } from '../../phone/xpath/xpath.js'
import { XPathError } from '../../phone/xpath/xpath-parser.js'
import { box, type View } from '../../phone/screen/view.js'

let nextKey = 0

function view(name: string, details: Partial<View> = {}, children: View[] = []): View {
  const key = `view ${nextKey++}`
  return { key, class: `android.widget.${name}`, package: 'app', bounds: box(0, 0, 100, 100), children, ...details }
}

const row = (text: string): View =>
  view('LinearLayout', { id: 'app:id/bubble' }, [
    view('TextView', { text, id: 'app:id/text' }),
    view('TextView', { text: '✓', description: 'sent' }),
  ])

const screen = view('FrameLayout', {}, [
  view('TextView', { text: 'Chat' }),
  view('ListView', { scroll: () => {} }, [row('one'), row('two'), row('three')]),
  view('Button', { text: "Bob's", tap: () => {} }),
])

function texts(xpath: string, from = documentOf(screen)): string[] {
  return evaluateXPath(xpath, from, from).map(({ class: name, text }) => text ?? name.replace('android.widget.', ''))
}

describe('XPath on the screen of a simulated phone', () => {
  const cases: [string, string[]][] = [
    ['//android.widget.Button', ["Bob's"]],
    ['//*[@text="two"]', ['two']],
    ["//*[@text='one' or @text='three']", ['one', 'three']],
    ['//android.widget.LinearLayout[2]/android.widget.TextView[1]', ['two']],
    ['(//android.widget.TextView[@resource-id="app:id/text"])[last()]', ['three']],
    ['//android.widget.LinearLayout[last()]/*[@content-desc="sent"]', ['✓']],
    ['//*[contains(@text, "hre")]', ['three']],
    ['//*[starts-with(@text, "t") and string-length(@text) > 3]', ['three']],
    ['//*[@text="two"]/..', ['LinearLayout']],
    ['//*[@text="two"]/parent::*/following-sibling::*/android.widget.TextView[@resource-id]', ['three']],
    ['//*[@text="three"]/preceding::*[@resource-id="app:id/text"][1]', ['two']],
    ['//*[@text="two"]/ancestor::android.widget.FrameLayout', ['FrameLayout']],
    ['//*[@clickable="true"]', ["Bob's"]],
    ['//*[@text="Bob\'s"]', ["Bob's"]],
    ['//android.widget.ListView[count(android.widget.LinearLayout) = 3]', ['ListView']],
    ['//android.widget.LinearLayout[android.widget.TextView[@text="one"]]//*[@content-desc]', ['✓']],
    ['//*[not(@resource-id) and normalize-space(@text)="Chat"]', ['Chat']],
    ['/hierarchy/android.widget.FrameLayout/android.widget.TextView', ['Chat']],
    ['//android.widget.Button | //*[@text="Chat"]', ['Chat', "Bob's"]],
    ['//*[@text="four"]', []],
    ['//*[text()="one"]', []],
  ]
  for (const [xpath, expected] of cases) {
    it(xpath, () => assert.deepEqual(texts(xpath), expected))
  }

  for (const xpath of ['//*[', '//*[@text=]', '//[1]', 'nonsense(1)', "//*[@text='one]", '1 + 1']) {
    it(`refuses ${xpath}`, () => assert.throws(() => texts(xpath), XPathError))
  }
})
