import { describe, expect, it } from '@jest/globals';
import { createLines, createOutput } from './output.ts';

describe('createOutput', () => {
  it('puts a character together that came in two chunks', () => {
    const output = createOutput(100);
    output.add(Buffer.from([0xe2, 0x82]));
    output.add(Buffer.from([0xac]));
    expect(output.text()).toBe('€');
    expect(output.isCut).toBe(false);
  });

  it('replaces bytes that are not UTF-8 and keeps the rest', () => {
    const output = createOutput(100);
    output.add(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0xc3]));
    expect(output.text()).toBe('\ufeffa\ufffdb\ufffd');
  });

  it('takes exactly the limit without a mark', () => {
    const output = createOutput(1024);
    output.add(Buffer.alloc(1024, 'a'));
    expect(output.text()).toBe('a'.repeat(1024));
  });

  it('cuts one byte past the limit, with a mark', () => {
    const output = createOutput(1024);
    output.add(Buffer.alloc(1000, 'a'));
    output.add(Buffer.alloc(25, 'b'));
    output.add(Buffer.from('c'));
    expect(output.text()).toBe(`${'a'.repeat(1000)}${'b'.repeat(24)}\n[output cut at 1 KiB]`);
    expect(output.isCut).toBe(true);
  });

  it('leaves out the character that the cut goes through', () => {
    const output = createOutput(4);
    output.add(Buffer.from('ab€'));
    expect(output.text()).toBe('ab\n[output cut at 4 bytes]');
  });
});

describe('createLines', () => {
  function collect(bytesMax: number, chunks: readonly (string | Uint8Array)[]): string[] {
    const seen: string[] = [];
    const lines = createLines(bytesMax, (line) => seen.push(line));
    for (const chunk of chunks) lines.add(Buffer.from(chunk as string));
    lines.end();
    return seen;
  }

  it('gives lines across chunks, empty ones too, and the last without its end', () => {
    expect(collect(100, ['a', 'b\r\n\nc', '\nd'])).toEqual(['ab', '', 'c', 'd']);
    expect(collect(100, ['a\n'])).toEqual(['a']);
    expect(collect(100, [])).toEqual([]);
  });

  it('puts a character together that came in two chunks', () => {
    expect(collect(100, [Uint8Array.from([0xe2, 0x82]), Uint8Array.from([0xac, 0x0a, 0xff])])).toEqual(['€', '\ufffd']);
  });

  it('cuts a line that is too long and goes on with the next', () => {
    const [first, second] = collect(1e6, ['x'.repeat(5000), 'x'.repeat(5000), 'x\nnext\n']);
    expect(first).toBe(`${'x'.repeat(8192)} [line cut at 8192 characters]`);
    expect(second).toBe('next');
  });

  it('gives nothing after the limit but one mark', () => {
    expect(collect(5, ['ab\ncd', 'ef\n', 'gh\n'])).toEqual(['ab', 'cd', '[output cut at 5 bytes]']);
  });
});
