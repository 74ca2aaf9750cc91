import { describe, expect, it } from '@jest/globals';
import { cleanTerminalText, echoEnd, lastLineOf } from './clean-output.ts';

const ESC = String.fromCharCode(27);
const BELL = String.fromCharCode(7);

describe('cleanTerminalText', () => {
  it('removes colours, titles and other sequences', () => {
    const raw = `${ESC}]0;user@host${BELL}${ESC}[01;32muser${ESC}[00m ${ESC}(B${ESC}[?2004hready${ESC}[m${ESC}=`;
    expect(cleanTerminalText(raw)).toBe('user ready');
  });

  it('ends lines with a newline only', () => {
    expect(cleanTerminalText('one\r\ntwo\r\r\nthree\n')).toBe('one\ntwo\nthree\n');
  });

  it('shows what a pager leaves when its prompt is erased', () => {
    const erased = `${'\b'.repeat(10)}${' '.repeat(10)}${'\b'.repeat(10)}`;
    expect(cleanTerminalText(`one\r\n --More-- ${erased}two\r\n`)).toBe('one\ntwo\n');
    expect(cleanTerminalText(`one\r\n---(more 50%)---\r${' '.repeat(40)}\rtwo\r\n`)).toBe('one\ntwo\n');
    expect(cleanTerminalText(`one\r\n--More--\r${ESC}[Ktwo\r\n`)).toBe('one\ntwo\n');
  });

  it('overwrites what a carriage return goes back over', () => {
    expect(cleanTerminalText('progress 10%\rprogress 99%\r\n')).toBe('progress 99%\n');
    expect(cleanTerminalText('abc\b\bX\r\n')).toBe('aXc\n');
  });

  it('keeps tabs and letters of all languages, and drops other control characters', () => {
    expect(cleanTerminalText(`a\tb${String.fromCharCode(0)}ü${BELL}語`)).toBe('a\tbü語');
  });

  it('ends in time on sequences that never end', async () => {
    expect(cleanTerminalText(`${ESC}]x`.repeat(100_000))).toBe('x'.repeat(100_000));
    // Jest sees that its limit of time is over only when the event loop has come round once.
    for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate);
  });
});

describe('lastLineOf', () => {
  it('gives the line without an end', () => {
    expect(lastLineOf('one\ntwo')).toBe('two');
    expect(lastLineOf('one\n')).toBe('');
    expect(lastLineOf('one')).toBe('one');
  });
});

describe('echoEnd', () => {
  const after = (text: string, command: string, prompt = 'R1#') => {
    const end = echoEnd(text, command, prompt);
    return end < 0 ? null : text.slice(end);
  };

  it('finds the end of the line that repeats the command', () => {
    expect(after('show clock\n12:00\nR1#', 'show clock')).toBe('12:00\nR1#');
  });

  it('finds an echo that the terminal wrapped', () => {
    expect(after('show very long\n command\nok', 'show very long command')).toBe('ok');
  });

  it('finds the echo behind prompts that came late', () => {
    expect(after('R1#\nR1#show clock\n12:00', 'show clock')).toBe('12:00');
  });

  it('does not take output for an echo', () => {
    expect(after('the answer\nshow clock\n', 'show clock')).toBeNull();
    expect(after('R1#', 'show clock')).toBeNull();
  });
});
