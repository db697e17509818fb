import { ProtobufMessage } from './protobuf.js'

/** What happened on a track: a slice, or a moment if it has no end. */
export interface TrackEvent {
  name: string
  category: string
  /** Milliseconds since the epoch. */
  start: number
  end?: number
  /** What else is known about it. */
  notes: Readonly<Record<string, string | undefined>>
  /** Arrows that start or arrive here. */
  flow?: bigint
}

/** Types of a `TrackEvent` of Perfetto. */
const eventTypes = { begin: 1, end: 2, instant: 3 } as const

/**
 * A trace for Perfetto, of its messages `TracePacket`, `TrackDescriptor` and `TrackEvent`:
 * https://perfetto.dev/docs/reference/synthetic-track-event
 */
export class PerfettoTrace {
  readonly #packets: Buffer[] = []
  #tracks = 0

  /** @param origin - milliseconds since the epoch: where the trace starts */
  constructor(private readonly origin: number) {}

  /** @returns the track's id */
  addTrack(name: string, parent?: number): number {
    const id = (this.#tracks += 1)
    const descriptor = new ProtobufMessage().integer(1, id).text(2, name)
    if (parent !== undefined) descriptor.integer(5, parent)
    this.#add(new ProtobufMessage().message(60, descriptor))
    return id
  }

  /** Adds events to tracks of one name: Perfetto allows no slices of a track to overlap. */
  addEvents(name: string, parent: number, events: readonly TrackEvent[]): void {
    const lanes: { id: number; until: number }[] = []
    for (const event of events.toSorted((one, other) => one.start - other.start)) {
      let lane = lanes.find(({ until }) => until <= event.start)
      if (!lane) {
        lane = { id: this.addTrack(name, parent), until: 0 }
        lanes.push(lane)
      }
      lane.until = Math.max(event.start, event.end ?? event.start)
      this.#addEvent(lane.id, event)
    }
  }

  encode(): Buffer {
    return Buffer.concat(this.#packets)
  }

  #addEvent(track: number, { name, category, start, end, notes, flow }: TrackEvent): void {
    const type = end === undefined ? eventTypes.instant : eventTypes.begin
    const event = new ProtobufMessage().integer(9, type).integer(11, track).text(22, category).text(23, name)
    for (const [key, value] of Object.entries(notes)) {
      if (value !== undefined) event.message(4, new ProtobufMessage().text(10, key).text(6, value))
    }
    if (flow !== undefined) event.fixed64(47, flow)
    this.#addAt(start, event)
    if (end !== undefined) {
      this.#addAt(Math.max(start, end), new ProtobufMessage().integer(9, eventTypes.end).integer(11, track))
    }
  }

  #addAt(at: number, event: ProtobufMessage): void {
    const nanoseconds = BigInt(Math.max(0, Math.round((at - this.origin) * 1_000_000)))
    this.#add(new ProtobufMessage().integer(8, nanoseconds).message(11, event))
  }

  /** All packets are of one sequence. */
  #add(packet: ProtobufMessage): void {
    this.#packets.push(new ProtobufMessage().message(1, packet.integer(10, 1)).encode())
  }
}
