/** Control characters are spelled by number, so that they can be read. */
const ESC = '\\u001b';
const STRING_END = `(?:\\u0007|${ESC}\\\\)`;
const SEQUENCES = new RegExp(
  [
    `${ESC}\\][^\\u0007\\u001b]{0,1000}${STRING_END}`,
    `${ESC}[PX^_][^\\u001b]{0,1000}${ESC}\\\\`,
    `${ESC}\\[[0-?]*[ -/]*[@-~]`,
    `${ESC}[ -/]+[0-~]`,
    `${ESC}[0-~]`,
  ].join('|'),
  'g',
);
const ERASE_TO_END = new RegExp(`${ESC}\\[0?K`, 'g');
const ERASE_LINE = new RegExp(`${ESC}\\[2K`, 'g');
/** Marks that are no characters of any text. */
const ERASED_TO_END = String.fromCharCode(0xfdd0);
const ERASED_LINE = String.fromCharCode(0xfdd1);
const BACKSPACE = String.fromCharCode(8);
/** What no text needs: control characters other than tab, newline, return, backspace and escape. */
const NOISE = new RegExp(`(?![\\t\\n\\r\\b${ESC}])\\p{Cc}`, 'gu');

/**
 * What a terminal would show: colours and titles are gone, and what was overwritten by carriage returns and backspaces
 * is overwritten, as paging prompts are.
 */
export function cleanTerminalText(raw: string): string {
  const text = raw
    .replace(ERASE_TO_END, ERASED_TO_END)
    .replace(ERASE_LINE, ERASED_LINE)
    .replace(SEQUENCES, '')
    .replace(NOISE, '')
    .replace(/\r+\n/g, '\n');
  if (!hasMoves(text)) return text;
  return text
    .split('\n')
    .map((line) => (hasMoves(line) ? drawLine(line) : line))
    .join('\n');
}

function hasMoves(text: string): boolean {
  return text.includes('\r') || text.includes(BACKSPACE) || text.includes(ERASED_TO_END) || text.includes(ERASED_LINE);
}

function drawLine(line: string): string {
  let cells: string[] = [];
  let cursor = 0;
  for (const character of line) {
    if (character === '\r') cursor = 0;
    else if (character === BACKSPACE) cursor = Math.max(0, cursor - 1);
    else if (character === ERASED_TO_END) cells = cells.slice(0, cursor);
    else if (character === ERASED_LINE) cells = cells.fill(' ');
    else {
      while (cells.length < cursor) cells.push(' ');
      cells[cursor] = character;
      cursor += 1;
    }
  }
  return cells.join('').trimEnd();
}

/** The line on which the cursor stands. */
export function lastLineOf(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** Where the echo of a command ends in a cleaned text: behind its line. -1 when the text does not begin with it. */
export function echoEnd(text: string, command: string, prompt: string): number {
  const wanted = squeeze(command);
  if (wanted === '') return 0;
  const before = squeeze(prompt);
  let squeezed = '';
  const positions: number[] = [];
  const headMax = Math.min(text.length, (command.length + prompt.length) * 4 + 200);
  for (let position = 0; position < headMax; position += 1) {
    const character = text.charAt(position);
    if (/\s/.test(character)) continue;
    squeezed += character;
    positions.push(position);
  }
  let start = 0;
  // A prompt that came late stands before the echo.
  while (before !== '' && squeezed.startsWith(before, start)) start += before.length;
  if (!squeezed.startsWith(wanted, start)) return -1;
  const last = positions[start + wanted.length - 1] ?? 0;
  const lineEnd = text.indexOf('\n', last);
  return lineEnd === -1 ? text.length : lineEnd + 1;
}

/** Without white space: terminals wrap what they echo. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, '');
}
