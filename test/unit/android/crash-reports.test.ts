import assert from 'node:assert/strict'
import { CrashParser, summarizeCrashes } from '../../../drivers/android/artifacts/crash-reports.js'

const line = (tag: string, message: string): string => `11-21 08:00:00.123  4711  4712 E ${tag.padEnd(8)}: ${message}`

function read(...lines: string[]): CrashParser {
  const reader = new CrashParser()
  for (const text of lines) reader.parseLine(text)
  return reader
}

describe('crashes in a phone log', () => {
  it('are reported with the exception if they are in an app', () => {
    const { reports } = read(
      '--------- beginning of crash',
      line('AndroidRuntime', 'FATAL EXCEPTION: main'),
      line('Chat', 'something else in between'),
      line('AndroidRuntime', 'Process: com.example.chat, PID: 4711'),
      line('AndroidRuntime', 'java.lang.NullPointerException: no room'),
      line('AndroidRuntime', '\tat com.example.chat.Main.onCreate(Main.kt:12)'),
    )
    assert.deepEqual(reports, [
      { process: 'com.example.chat', description: 'crashed: java.lang.NullPointerException: no room' },
    ])
  })

  it('are reported with the signal if they are in native code', () => {
    const { reports } = read(
      line('DEBUG', 'pid: 4711, tid: 4712, name: example.chat  >>> com.example.chat <<<'),
      line('DEBUG', 'signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0'),
    )
    assert.deepEqual(reports, [{ process: 'com.example.chat', description: 'crashed: native SIGSEGV' }])
  })

  it('include ANRs, with the reason', () => {
    const { reports } = read(
      line('ActivityManager', 'ANR in com.example.chat (com.example.chat/.Main)'),
      line('ActivityManager', 'PID: 4711'),
      line('ActivityManager', 'Reason: Input dispatching timed out'),
    )
    assert.deepEqual(reports, [
      { process: 'com.example.chat', description: 'does not respond (ANR): Input dispatching timed out' },
    ])
  })

  it('are limited in number, and cleared for the next module', () => {
    const anr = line('ActivityManager', 'ANR in com.example.chat (x)')
    const reader = read(...Array.from({ length: 50 }, () => anr))
    assert.equal(reader.reports.length, 10)
    reader.clear()
    assert.deepEqual(reader.reports, [])
  })

  it('are not found in lines that only look similar', () => {
    assert.deepEqual(
      read(line('AndroidRuntime', 'Process: com.example.chat, PID: 1'), 'FATAL EXCEPTION', line('Chat', 'ANR in x'))
        .reports,
      [],
    )
  })

  it('are summarized for the app under test only, if it is known', () => {
    const reports = [
      { process: 'com.example.chat:sync', description: 'crashed: a' },
      { process: 'com.example.chatter', description: 'crashed: b' },
      { process: 'io.appium.settings', description: 'crashed: c' },
    ]
    assert.equal(summarizeCrashes(reports, 'com.example.chat'), 'com.example.chat:sync crashed: a')
    assert.equal(
      summarizeCrashes(reports, undefined),
      'com.example.chat:sync crashed: a; com.example.chatter crashed: b',
    )
    assert.equal(summarizeCrashes([], undefined), undefined)
  })
})
