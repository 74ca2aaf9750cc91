/** What a command gave. Lines end with \n; the session turns that into what the terminal needs. */
export interface CliReply {
  readonly output: string;
  readonly errorOutput?: string;
  /** For exec; 0 when absent. */
  readonly exitStatus?: number;
  /** The session ends after this. */
  readonly isEnd?: boolean;
  /** Asked before the prompt comes back, as for a password. */
  readonly question?: { readonly prompt: string; answer(text: string): CliReply };
}

/** What a command needs of its session. */
export interface CliSession {
  /** Resolves after the time; never when the session ends before. */
  wait(durationMs: number): Promise<void>;
  /** All that the client sends until it ends its side. */
  input(): Promise<string>;
}

/** The command line of one session on one device. */
export interface Cli {
  readonly prompt: string;
  /** Lines after which output stops and waits for a key; 0 is never. */
  readonly pageLines: number;
  readonly morePrompt: string;
  run(line: string, session: CliSession): CliReply | Promise<CliReply>;
}

export const NOTHING: CliReply = { output: '' };
const SLEEP_SECONDS_MAX = 3_600;

/** `echo` and `sleep`, which every platform knows here, for tests that need a certain output or time. */
export async function runForTests(
  command: string | undefined,
  rest: string,
  session: CliSession,
): Promise<CliReply | null> {
  if (command === 'echo') return { output: `${rest}\n` };
  if (command !== 'sleep') return null;
  const seconds = Number(rest);
  if (!Number.isFinite(seconds) || seconds < 0)
    return { output: `sleep: invalid time interval '${rest}'\n`, exitStatus: 1 };
  await session.wait(Math.min(seconds, SLEEP_SECONDS_MAX) * 1_000);
  return NOTHING;
}

/** True when each typed word begins the word of the pattern: `sh ver` is `show version`. */
export function matchesWords(typed: readonly string[], pattern: string): boolean {
  const words = pattern.split(' ');
  return (
    typed.length >= words.length &&
    words.every((word, index) => {
      const part = typed[index]?.toLowerCase() ?? '';
      return part === word || (part.length >= (index === 0 ? 2 : 1) && word.startsWith(part));
    })
  );
}

const FILTERS = ['include', 'exclude', 'begin', 'count', 'match', 'except', 'grep', 'no-more', 'find'] as const;

/** For `show`: the part before the first ` | ` and a function for what stands after it; unknown filters change nothing. */
export function splitPipe(line: string): { command: string; readonly filter: (output: string) => string } {
  // Elsewhere the sign is part of the text, as in a description.
  const at = /^((do|run)\s+)?sh/.test(line) ? line.indexOf(' | ') : -1;
  if (at < 0) return { command: line, filter: (output) => output };
  const [word = '', ...rest] = line
    .slice(at + 3)
    .trim()
    .split(/\s+/);
  const kind = FILTERS.find((filter) => word.length >= 1 && filter.startsWith(word));
  const wanted = rest.join(' ').replaceAll('"', '');
  return { command: line.slice(0, at), filter: (output) => applyFilter(kind, wanted, output) };
}

function applyFilter(kind: (typeof FILTERS)[number] | undefined, wanted: string, output: string): string {
  const lines = output.split('\n').slice(0, -1);
  // Alternatives are the only part of a pattern that is understood: enough for tests, and never slow.
  const has = (line: string): boolean => wanted.split('|').some((part) => line.includes(part));
  const join = (kept: readonly string[]): string => kept.map((line) => `${line}\n`).join('');
  switch (kind) {
    case 'include':
    case 'match':
    case 'grep':
      return join(lines.filter(has));
    case 'exclude':
    case 'except':
      return join(lines.filter((line) => !has(line)));
    case 'begin':
    case 'find': {
      const start = lines.findIndex(has);
      return start < 0 ? '' : join(lines.slice(start));
    }
    case 'count':
      return `Count: ${lines.filter((line) => wanted === '' || has(line)).length} lines\n`;
    case 'no-more':
    case undefined:
      return output;
  }
}
