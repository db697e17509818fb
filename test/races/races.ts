/** A message of a device, as `network(device)` selects it; of several such messages of the test the nth. */
interface RacingMessage {
  device: 'alice' | 'bob' | 'carol'
  message: string
  nth?: number
}

/** An app with a seeded race: `apps/NAME.mjs`, tested by `modules/NAME.ts`. */
export interface Race {
  name: string
  kind: string
  /** What has to happen before what for the test to fail. Their number is the depth of the race. */
  order: [before: string, after: string][]
  /** Holds that bring this order about, however fast each device is. */
  holds: { hold: RacingMessage; until: RacingMessage }[]
  /** How the test fails then. */
  failure: RegExp
  /** It also takes a timer of a page that is due. */
  needsTimer?: true
}

const messageOf =
  (device: RacingMessage['device']) =>
  (message: string, nth?: number): RacingMessage => ({ device, message, ...(nth !== undefined && { nth }) })
const [alice, bob, carol] = [messageOf('alice'), messageOf('bob'), messageOf('carol')]

/** All races, by depth. */
export const races: readonly Race[] = [
  {
    name: 'receipt',
    kind: 'a socket message overtakes a response',
    order: [["alice's socket says read", 'alice has the response to POST send']],
    holds: [{ hold: alice('response POST /receipt/send'), until: alice('received read') }],
    failure: /Received: "sent"/,
  },
  {
    name: 'edits',
    kind: 'an older optimistic edit overwrites a newer one',
    order: [["alice's second PUT title", 'her first one']],
    holds: [{ hold: alice('PUT /edits/title', 1), until: alice('response PUT /edits/title') }],
    failure: /Received: "Draft"/,
  },
  {
    name: 'score',
    kind: 'messages of two sockets change places',
    order: [["alice's second socket says whistle", 'her first one says goal']],
    holds: [{ hold: alice('received /score/goals goal'), until: alice('received /score/match whistle') }],
    failure: /Received: "0"/,
  },
  {
    name: 'presence',
    kind: 'leaving is noticed after the return',
    order: [["bob's second enter", 'his POST leave']],
    holds: [{ hold: bob('POST /presence/leave'), until: bob('sent enter', 2) }],
    failure: /Received: "alice"/,
  },
  {
    name: 'notification',
    kind: 'a notification comes before its data',
    order: [["bob's GET comment", "alice's POST publish"]],
    holds: [{ hold: alice('POST /notification/publish'), until: bob('response GET /notification/comment') }],
    failure: /Received: "not found"/,
  },
  {
    name: 'timeout',
    kind: 'a timer is due before the news that would stop it',
    order: [["alice's timer", "alice's socket says connected"]],
    holds: [{ hold: alice('received connected'), until: alice('sent give-up') }],
    failure: /Received: "connected"/,
    needsTimer: true,
  },
  {
    name: 'likes',
    kind: 'a stale response overwrites newer state',
    order: [
      ["alice's POST like", "bob's POST like"],
      ["alice's socket says 2", 'alice has her response, which says 1'],
    ],
    holds: [
      { hold: bob('POST /likes/like'), until: alice('POST /likes/like') },
      { hold: alice('response POST /likes/like'), until: alice('received likes', 2) },
    ],
    failure: /Received: "1"/,
  },
  {
    name: 'groceries',
    kind: 'lost update: two read, then both write',
    order: [
      ["alice's GET list", "bob's PUT list"],
      ["bob's GET list", "alice's PUT list"],
    ],
    holds: [
      { hold: bob('PUT /groceries/list'), until: alice('response GET /groceries/list', 2) },
      { hold: alice('PUT /groceries/list'), until: bob('response PUT /groceries/list') },
    ],
    failure: /Received: "milk"/,
  },
  {
    name: 'auction',
    kind: 'a bid of the last moment: check, then act',
    order: [
      ["bob's POST check", "alice's POST close"],
      ["alice's POST close", "bob's POST bid"],
    ],
    holds: [
      { hold: alice('POST /auction/close'), until: bob('response POST /auction/check') },
      { hold: bob('POST /auction/bid'), until: alice('response POST /auction/close') },
    ],
    failure: /Received: "placed 30, sold for 10"/,
  },
  {
    name: 'call',
    kind: 'glare: two call each other',
    order: [
      ['alice says call', "alice's socket says ringing"],
      ['bob says call', "bob's socket says ringing"],
    ],
    holds: [
      { hold: alice('received ringing'), until: alice('sent call') },
      { hold: bob('received ringing'), until: bob('sent call') },
    ],
    failure: /"busy"/,
  },
  {
    name: 'tokens',
    kind: 'two requests refresh the same token',
    order: [
      ["bob's POST expire", "alice's POST save"],
      ["alice's POST save", 'alice has the response to POST refresh'],
    ],
    holds: [
      { hold: alice('POST /tokens/save'), until: alice('POST /tokens/refresh') },
      { hold: alice('response POST /tokens/refresh'), until: alice('response POST /tokens/save') },
    ],
    failure: /"signed out"/,
  },
  {
    name: 'reconnect',
    kind: 'a message is lost while a socket reconnects',
    order: [
      ['alice closes her socket', "bob's POST say"],
      ["bob's POST say", 'alice opens a socket again'],
    ],
    holds: [
      { hold: bob('POST /reconnect/say'), until: alice('close') },
      { hold: alice('open /reconnect/live', 2), until: bob('response POST /reconnect/say') },
    ],
    failure: /Received: "2-bye"/,
  },
  {
    name: 'game',
    kind: 'an event between snapshot and subscription',
    order: [
      ["alice's GET board", "bob's POST move"],
      ["bob's POST move", 'alice opens her socket'],
    ],
    holds: [
      { hold: bob('POST /game/move', 1), until: alice('response GET /game/board') },
      { hold: alice('open /game/moves'), until: bob('response POST /game/move') },
    ],
    failure: /Received: "b2"/,
  },
  {
    name: 'seats',
    kind: 'a request is submitted twice, and the second one undoes what others did',
    order: [
      ["alice's first POST return", "bob's POST take"],
      ["bob's POST take", "alice's second POST return"],
      ["alice's second POST take", "bob's POST pay"],
    ],
    holds: [
      { hold: alice('POST /seats/return', 2), until: bob('response POST /seats/take') },
      { hold: alice('POST /seats/take', 2), until: alice('response POST /seats/return', 2) },
      { hold: bob('POST /seats/pay'), until: alice('response POST /seats/take', 2) },
    ],
    failure: /Received:\s+2/,
  },
  {
    name: 'taxi',
    kind: 'a late reservation after a cancellation, among three',
    order: [
      ['alice says accept', 'carol says cancel'],
      ['carol says request again', 'alice says reserved'],
      ['bob says accept', 'alice says reserved'],
    ],
    holds: [
      { hold: carol('sent cancel'), until: alice('received reserve') },
      { hold: alice('sent reserved'), until: bob('received reserve') },
    ],
    failure: /\+ +"yours"/,
  },
  {
    name: 'duty',
    kind: 'write skew among three: all check, then all act',
    order: [
      ["bob's GET staff", 'the first POST leave'],
      ["carol's GET staff", 'the first POST leave'],
      ["alice's GET staff", 'the first POST leave'],
    ],
    holds: [
      { hold: bob('GET /duty/staff'), until: alice('response GET /duty/staff') },
      { hold: carol('GET /duty/staff'), until: bob('response GET /duty/staff') },
      { hold: alice('POST /duty/leave'), until: carol('response GET /duty/staff') },
      { hold: bob('POST /duty/leave'), until: carol('response GET /duty/staff') },
    ],
    failure: /Received array:\s+\["left", "left", "left"\]/,
  },
  {
    name: 'notes',
    kind: 'lost update: only the second conflict in a row is lost',
    order: [
      ["alice's first GET note", "bob's first PUT note"],
      ["bob's first PUT note", "alice's first PUT note"],
      ["alice's second GET note", "bob's second PUT note"],
      ["bob's second PUT note", "alice's second PUT note"],
    ],
    holds: [
      { hold: bob('PUT /notes/note', 1), until: alice('response GET /notes/note', 2) },
      { hold: alice('PUT /notes/note', 1), until: bob('response PUT /notes/note') },
      { hold: bob('PUT /notes/note', 2), until: alice('response GET /notes/note', 3) },
      { hold: alice('PUT /notes/note', 2), until: bob('response PUT /notes/note', 2) },
    ],
    failure: /Received: "door roof"/,
  },
]
