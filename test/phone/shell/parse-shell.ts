/** A command and its arguments. */
export interface SimpleCommand {
  words: string[]
  /** `2>&1`, `2>/dev/null`, `>/dev/null`: redirections. */
  errors: 'apart' | 'with output' | 'nowhere'
  output: 'on' | 'nowhere'
}

export type Operator = ';' | '&&' | '||'

export interface Step {
  /** Operator that decides, by the result of the previous step, if this one runs. */
  after: Operator
  /** If several, a pipeline. */
  pipeline: SimpleCommand[]
}

/** `while CONDITION; do BODY; done` or a list of steps. */
export type Script = { kind: 'steps'; steps: Step[] } | { kind: 'while'; condition: Step[]; body: Step[] }

export class ShellSyntaxError extends Error {}

type Token = { word: string } | { operator: string }

/** Parses the subset of shell syntax that tools use. @param pid - of the shell itself, the value of `$$` */
export function parseShell(text: string, pid: number): Script {
  const line = text.replaceAll('$$', String(pid))
  const loop = /^\s*while\s+(.+?);\s*do\s+(.+?);\s*done\s*;?\s*$/s.exec(line)
  if (loop) return { kind: 'while', condition: parseSteps(loop[1] ?? ''), body: parseSteps(loop[2] ?? '') }
  return { kind: 'steps', steps: parseSteps(line) }
}

function parseSteps(line: string): Step[] {
  const steps: Step[] = []
  let step: Step = { after: ';', pipeline: [] }
  let command = emptyCommand()
  const endCommand = (): void => {
    if (command.words.length > 0) step.pipeline.push(command)
    command = emptyCommand()
  }
  const endStep = (after: Operator): void => {
    endCommand()
    if (step.pipeline.length > 0) steps.push(step)
    step = { after, pipeline: [] }
  }
  for (const token of tokens(line)) {
    if ('word' in token) command.words.push(token.word)
    else if (token.operator === '|') endCommand()
    else if (token.operator === '2>&1') command.errors = 'with output'
    else if (token.operator === '2>/dev/null') command.errors = 'nowhere'
    else if (token.operator === '>/dev/null') command.output = 'nowhere'
    else endStep(token.operator === '&&' || token.operator === '||' ? token.operator : ';')
  }
  endStep(';')
  return steps
}

const emptyCommand = (): SimpleCommand => ({ words: [], errors: 'apart', output: 'on' })

const operators = /^(?:&&|\|\||2>\s*&1|2>\s*\/dev\/null|1?>\s*\/dev\/null|[;|\n])/
const unsupported = /^(?:[<>`&()]|\$\()/

function* tokens(line: string): Generator<Token> {
  let at = 0
  while (at < line.length) {
    const rest = line.slice(at)
    const blank = /^[ \t\r]+/.exec(rest)
    const operator = operators.exec(rest)
    if (blank) at += blank[0].length
    else if (operator) {
      at += operator[0].length
      yield { operator: operator[0].replace(/\s+(?=.)/g, '').replace(/^1/, '') }
    } else if (unsupported.test(rest)) throw new ShellSyntaxError(`the simulated phone's shell knows no '${rest[0]}'`)
    else {
      const { word, length } = readWord(rest)
      at += length
      yield { word }
    }
  }
}

function readWord(text: string): { word: string; length: number } {
  let word = ''
  let at = 0
  let quote = ''
  for (; at < text.length; at++) {
    const character = text[at]!
    if (quote) {
      if (character === quote) quote = ''
      else if (character === '\\' && quote === '"' && /["\\$`]/.test(text[at + 1] ?? '')) word += text[++at]
      else word += character
    } else if (character === "'" || character === '"') quote = character
    else if (character === '\\') word += text[++at] ?? ''
    else if (/[\s;|&<>()`]/.test(character)) break
    else word += character
  }
  if (quote) throw new ShellSyntaxError('no closing quote')
  return { word, length: at }
}
