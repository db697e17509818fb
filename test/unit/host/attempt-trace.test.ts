import assert from 'node:assert/strict'
import { createMasker } from '../../../src/event/masker.js'
import { parseTrace, TRACE_VERSION, type TraceEntry, type TraceHeader } from '../../../src/event/trace.js'
import { traceFile } from '../../../src/host/attempt/attempt-trace.js'

const header: TraceHeader = {
  type: 'trace',
  version: TRACE_VERSION,
  module: '1',
  file: 'chat.ts',
  attempt: 1,
  roles: { alice: 'pixel-8' },
  dropped: 0,
}
const typed = (text: string): TraceEntry => ({
  type: 'command',
  branch: '',
  role: 'alice',
  called: 'setValue',
  call: 1,
  command: 'elementSendKeys',
  args: [text],
  start: 1,
  end: 2,
})
const plain = (text: string): string => text

describe('the file of a trace', () => {
  it('is read as it was written, without lines that are invalid or unknown', () => {
    const entries = [typed('hi'), { type: 'pass', branch: '', role: 'bob', from: 'alice', at: 3 } as const]
    const file = traceFile(header, entries, plain)
    assert.deepEqual(parseTrace(`${file}{"type":"later"}\nno json\n`), { header, entries })
  })

  it('of a later version is refused', () => {
    assert.equal(parseTrace(traceFile({ ...header, version: TRACE_VERSION + 1 }, [], plain)), undefined)
    assert.equal(parseTrace('{}'), undefined)
  })

  it('is cut after it was masked: no part of a secret is left at the cut', () => {
    const mask = createMasker(['s3cr3t-value'])
    const [entry] = parseTrace(traceFile(header, [typed(`${'x'.repeat(495)}s3cr3t-value`)], mask))?.entries ?? []
    assert.deepEqual(entry?.type === 'command' && entry.args, [`${'x'.repeat(495)}***`])
    const [long] = parseTrace(traceFile(header, [typed(`${'x'.repeat(499)}s3cr3t-value`)], mask))?.entries ?? []
    assert.deepEqual(long?.type === 'command' && long.args, [`${'x'.repeat(499)}*…`])
  })
})
