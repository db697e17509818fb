import assert from 'node:assert/strict'
import type { OutgoingCommand } from '../../../../src/script/command-interceptor.js'
import { isReading, labelCommand, labelMessage, pathOf } from '../../../../src/script/explore/operation-labels.js'
import { OperationQueue, type NewOperation } from '../../../../src/script/explore/operation-queue.js'
import type { NetworkMessage } from '../../../../src/script/network/network-message.js'

function command(name: string, args: unknown[], more: Partial<OutgoingCommand> = {}): OutgoingCommand {
  return { role: 'alice', command: name, args, scope: undefined, branch: 'alice', ...more }
}

function message(kind: NetworkMessage['kind'], more: Partial<NetworkMessage> = {}): NetworkMessage {
  return { kind, url: 'http://127.0.0.1:4000/chat?id=7', path: '/chat', state: 'passed', at: 0, ...more }
}

describe('names of operations', () => {
  it('name the selector of an element, or the path of a page', () => {
    const label = (name: string, args: unknown[], selector?: string): string => {
      const sent = command(name, args)
      return labelCommand(sent, selector ?? pathOf(sent)).label
    }
    assert.equal(label('elementClick', ['e1'], '#send'), 'alice:elementClick #send')
    assert.equal(label('elementSendKeys', ['e4', 'hi'], 'li [1] a\n b'), 'alice:elementSendKeys li [1] a b')
    assert.equal(label('elementClick', ['unknown']), 'alice:elementClick')
    assert.equal(label('navigateTo', ['http://localhost:41234/a?room=1']), 'alice:navigateTo /a')
    assert.equal(
      label('browsingContext.navigate', [{ url: 'http://localhost:4/b' }]),
      'alice:browsingContext.navigate /b',
    )
  })

  it('name the branch if it is not that of the device', () => {
    const label = (branch: string): string => labelCommand(command('back', [], { branch }), undefined).label
    assert.equal(label(''), 'alice:back')
    assert.equal(label('bob'), 'bob›alice:back')
    assert.equal(label('bob › alice'), 'bob›alice:back')
  })

  it('have no id, port or query of a message', () => {
    const label = (isUp: boolean, ...args: Parameters<typeof message>): string =>
      labelMessage('bob', message(...args), isUp).label
    assert.equal(label(true, 'request', { method: 'POST' }), 'bob>POST /chat')
    assert.equal(label(false, 'response', { method: 'POST', status: 201 }), 'bob<POST /chat')
    assert.equal(label(true, 'open'), 'bob>open /chat')
    assert.equal(label(true, 'sent', { type: 'like' }), 'bob>sent /chat like')
    assert.equal(label(false, 'received', { text: '42' }), 'bob<received /chat')
    assert.equal(label(false, 'event', { type: 'price' }), 'bob<event /chat price')
    assert.equal(label(false, 'close'), 'bob<close /chat')
    assert.equal(label(true, 'connect', { url: 'example.org:443', path: '' }), 'bob>connect example.org:443')
  })

  it('tell commands that only look from those that act', () => {
    for (const name of ['findElement', 'getElementText', 'isElementDisplayed', 'browsingContext.locateNodes'])
      assert.ok(isReading(command(name, [])), name)
    for (const name of ['elementClick', 'navigateTo', 'performActions', 'browsingContext.navigate', 'switchToWindow'])
      assert.ok(!isReading(command(name, [])), name)
    // WebdriverIO itself looks at elements by scripts.
    assert.ok(isReading(command('executeScript', ['return 1'])))
  })
})

describe('the queue of operations', () => {
  const operation = (label: string, more: Partial<NewOperation> = {}): NewOperation => {
    return { kind: 'request', role: 'alice', entity: 'server', label, go: () => {}, ...more }
  }

  it('names what came at the same time in the same way, whichever came first', () => {
    for (const labels of [
      ['b', 'a', 'a'],
      ['a', 'b', 'a'],
    ]) {
      const queue = new OperationQueue()
      for (const label of labels) queue.add(operation(label))
      queue.admit(undefined)
      assert.deepEqual(
        queue.waiting.map(({ id, seq }) => `${id} ${seq}`),
        ['a 1', 'a #2 2', 'b 3'],
      )
    }
  })

  it('puts what a message has caused into its chain, and other messages into chains of their own', () => {
    const queue = new OperationQueue()
    queue.add(operation('alice>POST /send'))
    queue.admit(undefined)
    const [request] = queue.waiting
    assert.ok(request)
    queue.remove(request)
    for (const label of ['bob<received /chat', 'alice<POST /send']) queue.add(operation(label))
    queue.admit(request)
    const [response, received] = queue.waiting
    assert.equal(response?.chain, request.chain)
    assert.notEqual(received?.chain, request.chain)
  })

  it('takes out commands that only look', () => {
    const queue = new OperationQueue()
    queue.add(operation('alice:getElementText', { kind: 'command', chain: 'branch alice', isRead: true }))
    queue.add(operation('alice:elementClick', { kind: 'command', chain: 'branch alice' }))
    queue.admit(undefined)
    assert.deepEqual(
      queue.takeReads().map(({ id }) => id),
      ['alice:getElementText'],
    )
    assert.equal(queue.waiting.length, 1)
  })
})
