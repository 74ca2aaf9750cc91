import { describe, expect, it } from '@jest/globals';
import { readArguments, spreadFaults } from './arguments.ts';

describe('readArguments', () => {
  it('takes faults as numbers, percentages and with a time', () => {
    const { faults } = readArguments([
      '--count',
      '200',
      '--fault',
      'drop=5%',
      '--fault',
      'slow:300=2',
      '--fault',
      'hang',
    ]);
    expect(faults).toEqual([
      { fault: { kind: 'drop' }, count: 10 },
      { fault: { kind: 'slow', latencyMs: 300 }, count: 2 },
      { fault: { kind: 'hang' }, count: 1 },
    ]);
  });

  it.each([
    [['--count', '0'], '--count is a whole number'],
    [['--platforms', 'linux,other'], 'other is none of'],
    [['--fault', 'hang=x'], 'hang=x'],
    [['--nonsense'], '--nonsense'],
  ])('explains what is wrong with %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });
});

describe('spreadFaults', () => {
  it('gives each fault to as many devices as asked, no device two, and the same ones each time', () => {
    const shares = [
      { fault: { kind: 'drop' }, count: 5 },
      { fault: { kind: 'hang' }, count: 3 },
    ] as const;
    const faults = spreadFaults(shares, 20);
    expect(
      Object.values(faults)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual([...Array(5).fill('drop'), ...Array(3).fill('hang')]);
    expect(spreadFaults(shares, 20)).toEqual(faults);
    expect(Object.keys(faults).some((index) => Number(index) < 10)).toBe(true);
    expect(Object.keys(faults).some((index) => Number(index) >= 10)).toBe(true);
  });

  it('gives every device one when more are asked for than there are', () => {
    expect(Object.keys(spreadFaults([{ fault: { kind: 'drop' }, count: 9 }], 3))).toEqual(['0', '1', '2']);
  });
});
