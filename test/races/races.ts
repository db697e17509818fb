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

/** All races, by depth. */
export const races: readonly Race[] = [
  {
    name: 'receipt',
    kind: 'a socket message overtakes a response',
    order: [["alice's socket says read", 'alice has the response to POST send']],
    holds: [
      {
        hold: { device: 'alice', message: 'response POST /receipt/send' },
        until: { device: 'alice', message: 'received read' },
      },
    ],
    failure: /Received: "sent"/,
  },
  {
    name: 'edits',
    kind: 'an older optimistic edit overwrites a newer one',
    order: [["alice's second PUT title", 'her first one']],
    holds: [
      {
        hold: { device: 'alice', message: 'PUT /edits/title', nth: 1 },
        until: { device: 'alice', message: 'response PUT /edits/title' },
      },
    ],
    failure: /Received: "Draft"/,
  },
  {
    name: 'score',
    kind: 'messages of two sockets change places',
    order: [["alice's second socket says whistle", 'her first one says goal']],
    holds: [
      {
        hold: { device: 'alice', message: 'received /score/goals goal' },
        until: { device: 'alice', message: 'received /score/match whistle' },
      },
    ],
    failure: /Received: "0"/,
  },
  {
    name: 'presence',
    kind: 'leaving is noticed after the return',
    order: [["bob's second enter", 'his POST leave']],
    holds: [
      {
        hold: { device: 'bob', message: 'POST /presence/leave' },
        until: { device: 'bob', message: 'sent enter', nth: 2 },
      },
    ],
    failure: /Received: "alice"/,
  },
  {
    name: 'notification',
    kind: 'a notification comes before its data',
    order: [["bob's GET comment", "alice's POST publish"]],
    holds: [
      {
        hold: { device: 'alice', message: 'POST /notification/publish' },
        until: { device: 'bob', message: 'response GET /notification/comment' },
      },
    ],
    failure: /Received: "not found"/,
  },
  {
    name: 'timeout',
    kind: 'a timer is due before the news that would stop it',
    order: [["alice's timer", "alice's socket says connected"]],
    holds: [
      {
        hold: { device: 'alice', message: 'received connected' },
        until: { device: 'alice', message: 'sent give-up' },
      },
    ],
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
      { hold: { device: 'bob', message: 'POST /likes/like' }, until: { device: 'alice', message: 'POST /likes/like' } },
      {
        hold: { device: 'alice', message: 'response POST /likes/like' },
        until: { device: 'alice', message: 'received likes', nth: 2 },
      },
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
      {
        hold: { device: 'bob', message: 'PUT /groceries/list' },
        until: { device: 'alice', message: 'response GET /groceries/list', nth: 2 },
      },
      {
        hold: { device: 'alice', message: 'PUT /groceries/list' },
        until: { device: 'bob', message: 'response PUT /groceries/list' },
      },
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
      {
        hold: { device: 'alice', message: 'POST /auction/close' },
        until: { device: 'bob', message: 'response POST /auction/check' },
      },
      {
        hold: { device: 'bob', message: 'POST /auction/bid' },
        until: { device: 'alice', message: 'response POST /auction/close' },
      },
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
      { hold: { device: 'alice', message: 'received ringing' }, until: { device: 'alice', message: 'sent call' } },
      { hold: { device: 'bob', message: 'received ringing' }, until: { device: 'bob', message: 'sent call' } },
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
      {
        hold: { device: 'alice', message: 'POST /tokens/save' },
        until: { device: 'alice', message: 'POST /tokens/refresh' },
      },
      {
        hold: { device: 'alice', message: 'response POST /tokens/refresh' },
        until: { device: 'alice', message: 'response POST /tokens/save' },
      },
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
      { hold: { device: 'bob', message: 'POST /reconnect/say' }, until: { device: 'alice', message: 'close' } },
      {
        hold: { device: 'alice', message: 'open /reconnect/live', nth: 2 },
        until: { device: 'bob', message: 'response POST /reconnect/say' },
      },
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
      {
        hold: { device: 'bob', message: 'POST /game/move', nth: 1 },
        until: { device: 'alice', message: 'response GET /game/board' },
      },
      {
        hold: { device: 'alice', message: 'open /game/moves' },
        until: { device: 'bob', message: 'response POST /game/move' },
      },
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
      {
        hold: { device: 'alice', message: 'POST /seats/return', nth: 2 },
        until: { device: 'bob', message: 'response POST /seats/take' },
      },
      {
        hold: { device: 'alice', message: 'POST /seats/take', nth: 2 },
        until: { device: 'alice', message: 'response POST /seats/return', nth: 2 },
      },
      {
        hold: { device: 'bob', message: 'POST /seats/pay' },
        until: { device: 'alice', message: 'response POST /seats/take', nth: 2 },
      },
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
      { hold: { device: 'carol', message: 'sent cancel' }, until: { device: 'alice', message: 'received reserve' } },
      { hold: { device: 'alice', message: 'sent reserved' }, until: { device: 'bob', message: 'received reserve' } },
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
      {
        hold: { device: 'bob', message: 'GET /duty/staff' },
        until: { device: 'alice', message: 'response GET /duty/staff' },
      },
      {
        hold: { device: 'carol', message: 'GET /duty/staff' },
        until: { device: 'bob', message: 'response GET /duty/staff' },
      },
      {
        hold: { device: 'alice', message: 'POST /duty/leave' },
        until: { device: 'carol', message: 'response GET /duty/staff' },
      },
      {
        hold: { device: 'bob', message: 'POST /duty/leave' },
        until: { device: 'carol', message: 'response GET /duty/staff' },
      },
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
      {
        hold: { device: 'bob', message: 'PUT /notes/note', nth: 1 },
        until: { device: 'alice', message: 'response GET /notes/note', nth: 2 },
      },
      {
        hold: { device: 'alice', message: 'PUT /notes/note', nth: 1 },
        until: { device: 'bob', message: 'response PUT /notes/note' },
      },
      {
        hold: { device: 'bob', message: 'PUT /notes/note', nth: 2 },
        until: { device: 'alice', message: 'response GET /notes/note', nth: 3 },
      },
      {
        hold: { device: 'alice', message: 'PUT /notes/note', nth: 2 },
        until: { device: 'bob', message: 'response PUT /notes/note', nth: 2 },
      },
    ],
    failure: /Received: "door roof"/,
  },
]
