import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { writeExports } from '../../../../src/report/export/write-exports.js'
import { Story, startedAt } from '../../../unit/report/events.js'
import { addTrace, silent, traceOf, tracePath, withRun } from './a-run.js'

type Fields = Map<number, (bigint | Buffer)[]>

/** Reads the fields of a message of Protocol Buffers. */
function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const length = (key & 7n) === 2n ? Number(varint()) : 8
    const value =
      (key & 7n) === 0n ? varint() : (key & 7n) === 1n ? bytes.readBigUInt64LE(at) : bytes.subarray(at, at + length)
    if ((key & 7n) !== 0n) at += length
    const field = Number(key >> 3n)
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}

const message = (fields: Fields, field: number): Fields | undefined => {
  const value = fields.get(field)?.[0]
  return Buffer.isBuffer(value) ? fieldsOf(value) : undefined
}
const text = (fields: Fields | undefined, field: number): string | undefined => fields?.get(field)?.[0]?.toString()
const number = (fields: Fields | undefined, field: number): number => Number(fields?.get(field)?.[0] ?? -1)

describe('a trace for Perfetto', () => {
  it('has a track for each device, slices that never overlap, and flows for passes', async () => {
    const act = { branch: '', role: 'alice' }
    const command = { type: 'command', ...act, called: 'click', command: 'elementClick', selector: '#a' } as const
    const at = (ms: number): number => startedAt + 210 + ms
    const trace = traceOf(
      { type: 'test', title: ['chat', 'fails'], role: 'alice', at: at(0) },
      { ...command, call: 1, start: at(1), end: at(20) },
      // At the same time, as with `Promise.all`.
      { ...command, call: 2, start: at(5), end: at(30) },
      { type: 'pass', branch: '', role: 'bob', from: 'alice', at: at(40), place: 'm.ts:3:1' },
      { type: 'wait', branch: 'bob', role: 'bob', on: 'barrier', name: 'go', for: ['alice'], start: at(50) },
    )
    const made = new Story().start('m')
    const attempt = made.attempt('m', 1, { alice: 'pixel-8', bob: 'bob' })
    attempt.test('fails', { state: 'failed', error: { name: 'Error', message: 'no' } })
    addTrace(made, attempt)
    attempt.end('failed')
    made.end('m', 'failed', { lease: 'm-1' })

    const packets = await withRun(made, { [tracePath]: trace }, async run => {
      await writeExports([{ name: 'perfetto' }], run, silent)
      const bytes = await readFile(path.join(run.directory, 'run.pftrace'))
      return (fieldsOf(bytes).get(1) ?? []).map(packet => fieldsOf(packet as Buffer))
    })
    // Numbers of fields: perfetto/trace/trace_packet.proto and track_event/*.proto.
    const tracks = packets.flatMap(packet => message(packet, 60) ?? [])
    const names = new Map(tracks.map(track => [number(track, 1), text(track, 2)]))
    const parents = new Map(tracks.map(track => [number(track, 1), names.get(number(track, 5))]))
    const paths = [...names].map(([id, name]) => `${parents.get(id) ?? ''}/${name}`)
    assert.deepEqual(paths, [
      '/bob',
      'bob/modules',
      'bob/tests',
      'bob/steps',
      '/pixel-8',
      'pixel-8/modules',
      'pixel-8/tests',
      'pixel-8/steps',
      'pixel-8/steps',
    ])
    const open = new Map<number, number>()
    const flows = new Map<string, string[]>()
    for (const packet of packets) {
      assert.equal(number(packet, 10), 1)
      const event = message(packet, 11)
      if (!event) continue
      const track = number(event, 11)
      assert.ok(names.has(track))
      const type = number(event, 9)
      open.set(track, (open.get(track) ?? 0) + (type === 1 ? 1 : type === 2 ? -1 : 0))
      assert.ok([0, 1].includes(open.get(track) ?? 0), 'slices overlap')
      const flow = event.get(47)?.[0]?.toString()
      if (flow !== undefined) flows.set(flow, [...(flows.get(flow) ?? []), `${parents.get(track)}: ${text(event, 23)}`])
    }
    assert.deepEqual(
      [...open.values()].filter(count => count > 0),
      [],
    )
    assert.deepEqual([...flows.values()], [['bob: takes the baton from alice', 'pixel-8: passes the baton to bob']])
  })
})
