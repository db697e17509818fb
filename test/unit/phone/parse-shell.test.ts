import assert from 'node:assert/strict'
import { parseShell, ShellSyntaxError } from '../../phone/shell/parse-shell.js'

/** `after words > streams` of each step. */
function steps(line: string): string[] {
  const script = parseShell(line, 1)
  assert.ok(script.kind === 'steps')
  return script.steps.map(({ after, pipeline }) => {
    const commands = pipeline.map(({ words, errors, output }) => {
      const streams = `${errors === 'apart' ? '' : ` 2>${errors}`}${output === 'on' ? '' : ' >nowhere'}`
      return `${words.map(word => `<${word}>`).join('')}${streams}`
    })
    return `${after} ${commands.join(' | ')}`
  })
}

describe("the simulated phone's shell", () => {
  const cases: [string, string[]][] = [
    ['ls -l /sdcard', ['; <ls><-l></sdcard>']],
    ['echo \'a b\' "c d" e\\ f', ['; <echo><a b><c d><e f>']],
    [`export TAGS="''"; exec logcat '-v' 'threadtime'`, [`; <export><TAGS=''>`, '; <exec><logcat><-v><threadtime>']],
    ['a && b || c', ['; <a>', '&& <b>', '|| <c>']],
    ["[ -e '/a' ] && echo __PASS__", ['; <[><-e></a><]>', '&& <echo><__PASS__>']],
    ['ls x 2>&1 || echo no', ['; <ls><x> 2>with output', '|| <echo><no>']],
    ['pm path a 2>/dev/null', ['; <pm><path><a> 2>nowhere']],
    ['pm path a >/dev/null 2>&1', ['; <pm><path><a> 2>with output >nowhere']],
    ['ps -A | grep chat', ['; <ps><-A> | <grep><chat>']],
    ['am start -d http://a/?b=1\\&c=2', ['; <am><start><-d><http://a/?b=1&c=2>']],
    ["input text 'a'\\''b'", ["; <input><text><a'b>"]],
    ['echo $$; exec logcat', ['; <echo><1>', '; <exec><logcat>']],
    ['', []],
  ]
  for (const [line, expected] of cases) {
    it(line || 'an empty line', () => assert.deepEqual(steps(line), expected))
  }

  it('parses loops that wait', () => {
    const script = parseShell('while getprop sys.boot_completed 2>/dev/null; do sleep 1; done', 1)
    assert.equal(script.kind, 'while')
  })

  for (const line of ['echo $(date)', "echo 'open", 'cat < file', 'sleep 1 &']) {
    it(`refuses ${line}`, () => assert.throws(() => parseShell(line, 1), ShellSyntaxError))
  }
})
