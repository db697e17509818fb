import assert from 'node:assert/strict'
import { describeHold, describeOperation, labelOperation } from '../../../src/explore/describe-operation.js'
import { parseOperationId } from '../../../src/explore/operation-id.js'

const cases: [id: string, kind: string, described: string, label: string][] = [
  ['alice:elementClick #send', 'command', "alice's click on #send", 'click on #send'],
  ['alice:elementClick #send #2', 'command', "alice's 2nd click on #send", 'click on #send #2'],
  ['alice:elementClick', 'command', "alice's click", 'click'],
  ['alice:browsingContext.navigate /chat', 'command', "alice's navigation to /chat", 'navigation to /chat'],
  ['alice:setOrientation', 'command', "alice's setOrientation", 'setOrientation'],
  ['alice›carol:elementClick #call', 'command', "carol's click on #call (in alice's branch)", 'click on #call'],
  ['alice~poll #3', 'poll', "check 3 of alice's waits", 'check'],
  ['alice:choose 3 = 2 #2', 'choice', "alice's 2nd choose(3) = 2", 'choose(3) = 2 #2'],
  ['alice:choose 3', 'choice', "alice's choose(3)", 'choose(3) = 0'],
  ['bob›alice:checkpoint paid', 'checkpoint', "alice's checkpoint paid (in bob's branch)", 'checkpoint paid'],
  ['alice~timer 2000', 'timer', "alice's page timer of 2000 ms", 'timer 2000 ms'],
  ['alice~timer #2', 'timer', "alice's 2nd page timer", 'timer #2'],
  ['alice>POST /send', 'request', "alice's request POST /send", 'POST /send'],
  ['alice<POST /send #2', 'response', "alice's 2nd response to POST /send", 'response POST /send #2'],
  ['alice>sent /chat like', 'sent', "alice's WebSocket message like", 'like'],
  ['bob<received /chat read', 'received', 'the WebSocket message read to bob', 'read'],
  ['bob<received /chat read #12', 'received', 'the 12th WebSocket message read to bob', 'read #12'],
  ['bob<received /chat', 'received', 'the WebSocket message on /chat to bob', '/chat'],
  ['bob<event /prices price #3', 'event', 'the 3rd event price to bob', 'price #3'],
  ['bob>open /chat', 'open', "the opening of bob's WebSocket /chat", 'open /chat'],
  ['bob>close /chat', 'close', "the closing of bob's WebSocket /chat", 'close /chat'],
  ['bob<close /chat #21', 'close', "the 21st closing of bob's WebSocket /chat", 'close /chat #21'],
  ['bob>connect example.org:443', 'connect', "bob's connection to example.org:443", 'connect example.org:443'],
]

describe('the id of an operation', () => {
  for (const [id, kind, described, label] of cases) {
    it(`'${id}' is ${described}`, () => {
      assert.equal(parseOperationId(id)?.kind, kind)
      assert.equal(describeOperation(id), described)
      assert.equal(labelOperation(id), label)
    })
  }

  it('has its parts', () => {
    assert.deepEqual(parseOperationId('alice›carol<received /chat like #2'), {
      kind: 'received',
      role: 'carol',
      branch: 'alice',
      target: '/chat',
      type: 'like',
      isUp: false,
      occurrence: 2,
    })
  })

  it('may be anything: what is not one stays as it is', () => {
    for (const text of ['', 'hello', '>POST /send', '#2']) {
      assert.equal(parseOperationId(text), undefined)
      assert.equal(describeOperation(text), text)
      assert.equal(labelOperation(text), text)
    }
  })
})

describe('describeHold', () => {
  const sentences: [operation: string, until: string, sentence: string][] = [
    [
      'alice<POST /send',
      'alice<received /chat read',
      "hold alice's response to POST /send until alice's socket received read",
    ],
    [
      'alice>POST /bids',
      'bob>POST /bids #2',
      "hold alice's request POST /bids until the server received bob's POST /bids for the 2nd time",
    ],
    [
      'bob:elementClick #end',
      'alice<GET /state',
      "hold bob's click on #end until alice received the response to GET /state",
    ],
    ['bob<event /prices price', 'bob~poll #2', "hold the event price to bob until bob's waits have checked 2 times"],
    [
      'bob>open /chat',
      'alice:elementClick #send',
      "hold the opening of bob's WebSocket /chat until alice's click on #send has run",
    ],
  ]
  for (const [operation, until, sentence] of sentences) {
    it(`is '${sentence}'`, () => assert.equal(describeHold({ operation, until }), sentence))
  }

  it('has the lines of the test, if they are known', () => {
    const hold = { operation: 'alice>POST /send', until: 'bob~poll #2' }
    const places = { 'alice>POST /send': 'chat.ts:12', 'bob~poll #2': 'chat.ts:20' }
    const sentence = "hold alice's request POST /send (chat.ts:12) until bob's waits have checked 2 times (chat.ts:20)"
    assert.equal(describeHold(hold, places), sentence)
    const choice = { operation: 'alice:choose 3', until: 'alice:choose 3 = 2' }
    assert.equal(
      describeHold(choice, { 'alice:choose 3 = 2': 'chat.ts:5' }),
      "let alice's choose(3) return 2 (chat.ts:5)",
    )
  })
})
