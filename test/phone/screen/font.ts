/** A letter is five rows of three dots, one octal digit each. Small letters look like capitals. */
const glyphs: Record<string, string> = {
  A: '25755',
  B: '65656',
  C: '34443',
  D: '65556',
  E: '74647',
  F: '74644',
  G: '34553',
  H: '55755',
  I: '72227',
  J: '11152',
  K: '55655',
  L: '44447',
  M: '57755',
  N: '65555',
  O: '25552',
  P: '65644',
  Q: '25563',
  R: '65655',
  S: '34216',
  T: '72222',
  U: '55557',
  V: '55552',
  W: '55775',
  X: '55255',
  Y: '55222',
  Z: '71247',
  0: '75557',
  1: '26227',
  2: '61247',
  3: '61216',
  4: '55711',
  5: '74616',
  6: '34652',
  7: '71222',
  8: '25252',
  9: '25316',
  '.': '00002',
  ',': '00024',
  ':': '02020',
  '!': '22202',
  '?': '61202',
  '-': '00700',
  _: '00007',
  '+': '02720',
  '#': '57575',
  '/': '11244',
  "'": '22000',
  '"': '55000',
  '(': '12221',
  ')': '42224',
  '✓': '01152',
  '…': '00005',
}

const unknown = '77777'

export const glyphSize = { width: 4, height: 5 } as const

/** Calls `dot` for each dot of a text of one line. */
export function drawText(text: string, dot: (column: number, row: number) => void): void {
  for (const [index, character] of Array.from(text.toUpperCase()).entries()) {
    if (character === ' ') continue
    const rows = glyphs[character] ?? unknown
    for (let row = 0; row < 5; row++) {
      const bits = Number(rows[row])
      for (let column = 0; column < 3; column++) {
        if (bits & (4 >> column)) dot(index * glyphSize.width + column, row)
      }
    }
  }
}
