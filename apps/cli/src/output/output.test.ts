import { describe, expect, it } from '@jest/globals';
import { firstLine, printable, shorten } from './printable.ts';
import { rowLine, tableLines } from './table.ts';
import { coloured } from './terminal.ts';
import { durationText, timeText } from './time.ts';

describe('printable', () => {
  it('leaves out colour codes, control characters and other orders to the terminal', () => {
    expect(printable('\u001b[31mred\u001b[0m \u0007bell\u009b2J \u001b]0;title\u0007\ttab\nline\r')).toBe(
      'red bell2J ]0;title\ttab\nline',
    );
  });
});

describe('firstLine', () => {
  it('gives the first line that says something', () => {
    expect(firstLine('\r\n  \n  Cisco IOS\tXE  \nmore', 80)).toBe('Cisco IOS XE');
  });

  it('shortens by letters and not by code units', () => {
    expect(shorten('😀😀😀', 2)).toBe('😀…');
    expect(shorten('ab', 2)).toBe('ab');
  });
});

describe('tableLines', () => {
  it('aligns columns by the widest cell, whatever its colour', () => {
    expect(
      tableLines(
        ['NAME', 'STATE', 'X'],
        [
          ['r1', coloured('red', 'failed'), 'a'],
          ['zürich-1', 'ok', ''],
        ],
      ),
    ).toEqual(['NAME      STATE   X', `r1        ${coloured('red', 'failed')}  a`, 'zürich-1  ok']);
  });

  it('keeps a cell with several lines on one', () => {
    expect(tableLines(['A'], [['one\n  two']])).toEqual(['A', 'one two']);
  });

  it('lets a cell that is too wide for a known width push the others', () => {
    expect(rowLine(['long-name', 'x'], [4])).toBe('long-name  x');
  });
});

describe('durationText', () => {
  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1_200, '1.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [-5, '0 ms'],
  ])('says %d ms as %s', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text);
  });
});

describe('timeText', () => {
  it('gives date and time to the second', () => {
    expect(timeText(new Date(2026, 10, 1, 7, 6, 2).getTime())).toBe('2026-11-01 07:06:02');
  });
});
