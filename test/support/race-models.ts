import { operationKindOf } from '../../src/explore/operation-id.js'
import { isMessageKind, type Operation, type Strategy } from '../../src/explore/operation.js'
import { isSmall, ordersOf, ProfileRecorder, type Profile } from '../../src/explore/profile.js'
import { createStrategy } from '../../src/explore/strategies/create-strategy.js'
import { Enumeration } from '../../src/explore/strategies/enumeration.js'

/** The operations of an app with a race, without the app. */
export interface RaceModel {
  name: string
  /** Operation → what has to have run before it can; the first one leads to it. */
  after: Readonly<Record<string, readonly string[]>>
  /** It fails if each of these ran in this order. Their number is the depth. */
  bug: readonly (readonly [before: string, after: string])[]
}

/** A click, and requests one after another: each starts when the one before is answered. */
function requests(
  role: string,
  click: string,
  paths: readonly string[],
  after: readonly string[] = [],
): Record<string, readonly string[]> {
  const ids = [`${role}:elementClick ${click}`, ...paths.flatMap(path => [`${role}>${path}`, `${role}<${path}`])]
  return Object.fromEntries(ids.map((id, i) => [id, i === 0 ? after : [ids[i - 1] ?? '']]))
}

const people = ['alice', 'bob', 'carol'] as const

export const raceModels: readonly RaceModel[] = [
  {
    name: 'a socket overtakes a response',
    after: {
      ...requests('alice', '#send', ['POST /send']),
      'bob<received /chat new': ['alice>POST /send'],
      'bob>POST /read': ['bob<received /chat new'],
      'bob<POST /read': ['bob>POST /read'],
      'alice<received /chat read': ['bob>POST /read'],
    },
    bug: [['alice<received /chat read', 'alice<POST /send']],
  },
  {
    name: 'a stale response',
    after: {
      ...requests('alice', '#like', ['POST /like']),
      ...requests('bob', '#like', ['POST /like']),
      'alice<received /live alice': ['alice>POST /like'],
      'alice<received /live bob': ['bob>POST /like'],
    },
    bug: [
      ['alice>POST /like', 'bob>POST /like'],
      ['alice<received /live bob', 'alice<POST /like'],
    ],
  },
  {
    name: 'a lost update',
    after: {
      ...requests('alice', '#add', ['GET /list', 'PUT /list', 'GET /list #2']),
      ...requests('bob', '#add', ['GET /list', 'PUT /list', 'GET /list #2']),
    },
    bug: [
      ['alice>GET /list', 'bob>PUT /list'],
      ['bob>GET /list', 'alice>PUT /list'],
    ],
  },
  {
    name: 'write skew among three',
    after: Object.assign(
      {},
      ...people.map(role => requests(role, '#leave', ['GET /staff', 'POST /leave'])),
    ) as RaceModel['after'],
    bug: people.flatMap(one =>
      people.filter(other => other !== one).map(other => [`${one}>GET /staff`, `${other}>POST /leave`] as const),
    ),
  },
  {
    name: 'a late reservation among three',
    after: {
      'carol:elementClick #request': [],
      'carol>sent /live request': ['carol:elementClick #request'],
      'alice<received /live offer': ['carol>sent /live request'],
      'bob<received /live offer': ['carol>sent /live request'],
      'carol<received /live requested': ['carol>sent /live request'],
      'alice:elementClick #accept': ['alice<received /live offer'],
      'alice>sent /live accept': ['alice:elementClick #accept'],
      'alice<received /live reserve': ['alice>sent /live accept'],
      'alice>sent /live reserved': ['alice<received /live reserve'],
      'carol:elementClick #cancel': ['carol<received /live requested'],
      'carol>sent /live cancel': ['carol:elementClick #cancel'],
      'carol:elementClick #request #2': ['carol>sent /live cancel'],
      'carol>sent /live request #2': ['carol:elementClick #request #2'],
      'bob:elementClick #accept': ['carol>sent /live request #2', 'bob<received /live offer'],
      'bob>sent /live accept': ['bob:elementClick #accept'],
    },
    bug: [
      ['alice>sent /live accept', 'carol>sent /live cancel'],
      ['carol>sent /live request #2', 'alice>sent /live reserved'],
      ['bob>sent /live accept', 'alice>sent /live reserved'],
    ],
  },
  {
    name: 'two lost updates in a row',
    after: {
      ...requests('alice', '#add', ['GET /note', 'PUT /note', 'GET /note #2', 'PUT /note #2']),
      ...requests('bob', '#add', ['GET /note', 'PUT /note']),
      ...requests('bob', '#add #2', ['GET /note #2', 'PUT /note #2'], ['bob<PUT /note']),
    },
    bug: [
      ['alice>GET /note', 'bob>PUT /note'],
      ['bob>PUT /note', 'alice>PUT /note'],
      ['alice>GET /note #2', 'bob>PUT /note #2'],
      ['bob>PUT /note #2', 'alice>PUT /note #2'],
    ],
  },
  {
    name: 'one early request in a long module',
    after: Object.assign(
      {},
      ...people.map(role =>
        requests(
          role,
          '#go',
          Array.from({ length: 8 }, (_, i) => `POST /${i}`),
        ),
      ),
    ) as RaceModel['after'],
    bug: [
      ['alice>POST /6', 'carol>POST /0'],
      ['carol>POST /1', 'bob>POST /1'],
    ],
  },
]

/** How many schedules it takes until a race shows itself, the first one in natural order. @returns Infinity if it takes more than `most` */
export function schedulesToFirstHit(
  model: RaceModel,
  strategy: string,
  { seed, most }: { seed: number; most: number },
): number {
  const recorder = new ProfileRecorder()
  if (fails(model, createStrategy('natural', { seed }), recorder)) return 1
  const profile = recorder.profile()
  const next = strategiesOf(strategy, { seed, profile, most })
  for (let count = 2; count <= most; count++) {
    const chosen = next(seed + count - 1)
    if (!chosen) return Infinity
    if (fails(model, chosen)) return count
  }
  return Infinity
}

/** As `baton explore` chooses: `mix` tries all orders if there are few. */
function strategiesOf(
  name: string,
  { seed, profile, most }: { seed: number; profile: Profile; most: number },
): (seed: number) => Strategy | undefined {
  if (name !== 'mix' || !isSmall(profile) || ordersOf(profile) >= most) {
    return each => createStrategy(name, { seed: each, firstSeed: seed, profile })
  }
  const enumeration = new Enumeration()
  return () => enumeration.next()
}

function fails(model: RaceModel, strategy: Strategy, recorder?: ProfileRecorder): boolean {
  const ran: Operation[] = []
  const known = new Set<string>()
  let waiting: Operation[] = []
  for (;;) {
    const done = new Set(ran.map(({ id }) => id))
    waiting = [...waiting, ...freshOf(model, { known, done, last: ran.at(-1) })].toSorted(inNaturalOrder)
    if (waiting.length === 0) break
    const picked = strategy.pick(waiting)
    strategy.ran?.(picked, waiting)
    recorder?.ran(picked, waiting)
    ran.push(picked)
    waiting = waiting.filter(({ id }) => id !== picked.id)
  }
  const order = ran.map(({ id }) => id)
  return model.bug.every(([before, after]) => order.indexOf(before) < order.indexOf(after))
}

interface Progress {
  /** Ids of operations that wait or have run. */
  known: Set<string>
  done: ReadonlySet<string>
  last: Operation | undefined
}

/** What has become possible. As in the scheduler, the first message continues the chain of the message that ran last. */
function freshOf({ after }: RaceModel, { known, done, last }: Progress): Operation[] {
  let heritage = last && isMessageKind(last.kind) ? last.chain : undefined
  const fresh = Object.keys(after).filter(id => !known.has(id) && after[id]?.every(each => done.has(each)))
  return fresh.toSorted().map(id => {
    known.add(id)
    const operation = operationOf(id, heritage, known.size)
    if (isMessageKind(operation.kind)) heritage = undefined
    return operation
  })
}

/** @param inherited - the chain that it continues, if it is a message */
function operationOf(id: string, inherited: string | undefined, seq: number): Operation {
  const kind = operationKindOf(id) ?? 'command'
  const role = /^\w+/.exec(id)?.[0] ?? ''
  const isMessage = isMessageKind(kind)
  const chain = isMessage ? (inherited ?? `messages ${id}`) : `branch ${role}`
  return { id, kind, role, entity: id.includes('>') ? 'server' : role, chain, seq }
}

function inNaturalOrder(one: Operation, other: Operation): number {
  const rankOf = ({ kind }: Operation): number => (isMessageKind(kind) ? 0 : 1)
  return rankOf(one) - rankOf(other) || one.seq - other.seq
}
