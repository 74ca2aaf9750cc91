// Escape sequences as a whole, then every control character but tab and end of line: what a device sends must not
// steer the terminal of the reader.
// oxlint-disable-next-line no-control-regex -- control characters are what it is for
const UNPRINTABLE = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text that can be shown in a terminal: without colour codes and control characters. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '');
}

const SEARCHED_MAX = 10_000;

/** The first line that says something, at most as long as given. */
export function firstLine(text: string, lengthMax: number): string {
  const line = printable(text.slice(0, SEARCHED_MAX))
    .split('\n')
    .map((candidate) => candidate.replaceAll('\t', ' ').trim())
    .find((candidate) => candidate !== '');
  return shorten(line ?? '', lengthMax);
}

export function shorten(text: string, lengthMax: number): string {
  const letters = Array.from(text);
  return letters.length <= lengthMax ? text : `${letters.slice(0, Math.max(0, lengthMax - 1)).join('')}…`;
}
