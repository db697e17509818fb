/** The page that the scripts below act on. */
export const page = `data:text/html,${encodeURIComponent(`<!doctype html><title>shop</title>
<h1>shop</h1><button id="buy" onclick="this.remove()">buy</button><button id="off" disabled>off</button>
<div style="position:relative;height:40px"><button id="under">under</button>
<div style="position:absolute;inset:0;background:red"></div></div>
<input id="name"><input id="file" type="file"><select id="size"><option>S</option></select>
<p id="hidden" style="display:none">hidden</p><ul><li>a</li><li>b</li></ul><iframe srcdoc="in"></iframe>`)}`

/**
 * What fails in a browser, by its name. The line that fails ends with `//!`, and what follows is the text that the column
 * points to. Each runs on a fresh page.
 */
export const browserFailures: Readonly<Record<string, string>> = {
  'a selector that finds nothing': `await $('#nothing').click() //! click`,
  'an invalid selector': `await $('[[').click() //! click`,
  'an invalid XPath': `await $('//*[').getText() //! getText`,
  'a stale element': `const buy = await $('#buy').getElement()
    await buy.click()
    await browser.getElementText(buy.elementId) //! getElementText`,
  'an intercepted click': `await $('#under').click() //! click`,
  'an element that is hidden': `await $('#hidden').click() //! click`,
  'a disabled element': `await $('#off').waitForEnabled({ timeout: 60 }) //! waitForEnabled`,
  'a wait for a text': `await $('h1').waitUntil(async function () { return (await this.getText()) === 'x' }, { timeout: 60 }) //! waitUntil`,
  'a wait for display': `await $('#hidden').waitForDisplayed({ timeout: 60 }) //! waitForDisplayed`,
  'a wait for clickability': `await $('#under').waitForClickable({ timeout: 60 }) //! waitForClickable`,
  'a wait for stability': `await $('#nothing').waitForStable({ timeout: 60 }) //! waitForStable`,
  'a wait with a message': `await browser.waitUntil(async () => false, { timeout: 60, timeoutMsg: 'never' }) //! waitUntil`,
  'a wait whose condition throws': `await browser.waitUntil(async () => { throw new Error('inner') }, { timeout: 60 }) //! new Error`,
  'a window that is not there': `await browser.switchToWindow('none') //! switchToWindow`,
  'a frame that is not there': `await browser.switchFrame($('#nothing')) //! switchFrame`,
  'a frame by index': `await browser.switchToFrame(7) //! switchToFrame`,
  'a dialog that is not there': `await browser.acceptAlert() //! acceptAlert`,
  'a script that throws in the page': `await browser.execute(() => { throw new TypeError('in the page') }) //! execute`,
  'a script that rejects in the page': `await browser.execute(async () => { throw new RangeError('rejected') }) //! execute`,
  'a script that is not JavaScript': `await browser.execute('return (') //! execute`,
  executeAsync: `await browser.executeAsync(done => { undefinedName() }) //! executeAsync`,
  'a URL that is none': `await browser.url('http://') //! url`,
  'a server that is not there': `await browser.url('http://127.0.0.1:4/page') //! url`,
  'a cookie that is refused': `await browser.setCookies({ name: 'a', value: 'b', domain: 'other.example' }) //! setCookies`,
  'a text of an option': `await $('#size').selectByVisibleText('XL') //! selectByVisibleText`,
  'an index of an option': `await $('#size').selectByIndex(9) //! selectByIndex`,
  'an attribute of an option': `await $('#size').selectByAttribute('value', 'XL') //! selectByAttribute`,
  'a value of what has none': `await $('h1').setValue('x') //! setValue`,
  'a file that is not there': `await $('#file').addValue('/none/at/all') //! addValue`,
  'an element of a list': `await $$('li')[9].getText() //! getText`,
  'a callback of map': `await $$('li').map(async li => {
      await li.$('b').getText() //! getText
    })`,
  'a callback of forEach': `await $$('li').forEach(async li => {
      await li.$('b').click() //! click
    })`,
  'a chain of elements': `await $('ul').$('li').$('b').getText() //! getText`,
  'a drag to nothing': `await $('#buy').dragAndDrop($('#nothing')) //! dragAndDrop`,
  'scrolling to nothing': `await $('#nothing').scrollIntoView() //! scrollIntoView`,
  'keys of a wrong type': `await browser.keys(42) //! keys`,
  'a picture of nothing': `await $('#nothing').saveScreenshot('x.png') //! saveScreenshot`,
  'a screenshot with a wrong name': `await browser.saveScreenshot('x.txt') //! saveScreenshot`,
  toHaveText: `await expect($('h1')).toHaveText('x', { wait: 60 }) //! toHaveText`,
  toBeDisplayed: `await expect($('#hidden')).toBeDisplayed({ wait: 60 }) //! toBeDisplayed`,
  'not.toExist': `await expect($('h1')).not.toExist({ wait: 60 }) //! toExist`,
  toHaveTitle: `await expect(browser).toHaveTitle('x', { wait: 60 }) //! toHaveTitle`,
  toBeElementsArrayOfSize: `await expect($$('li')).toBeElementsArrayOfSize(5, { wait: 60 }) //! toBeElementsArrayOfSize`,
  toHaveAttribute: `await expect($('#name')).toHaveAttribute('id', 'x', { wait: 60 }) //! toHaveAttribute`,
  'a custom command': `browser.addCommand('buyAll', async function () {
      await this.$('#nothing').click() //! click
    })
    await browser.buyAll()`,
  'a custom command of an element': `browser.addCommand('buyOne', async function () {
      await this.$('b').click() //! click
    }, true)
    await $('ul').buyOne()`,
  'an overwritten command': `browser.overwriteCommand('getTitle', async getTitle => {
      await getTitle()
      throw new Error('overwritten') //! new
    })
    await browser.getTitle()`,
  'an unknown command': `await browser.fly() //! fly`,
  'a property of undefined': `const texts = {}
    await $(texts.title.text).click() //! text`,
  'Promise.all': `await Promise.all([ //! await
      $('h1').getText(),
      $('#nothing').click(),
    ])`,
  'a command of BiDi': `await browser.browsingContextActivate({ context: 'none' }) //! browsingContextActivate`,
  'a command of CDP': `await browser.sendCommandAndGetResult('No.such', {}) //! sendCommandAndGetResult`,
}
