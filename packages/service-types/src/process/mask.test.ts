import { describe, expect, it } from '@jest/globals';
import { createMask } from './mask.ts';

const SECRET = 'pä ss"wo<rd';

describe('createMask', () => {
  it('hides a secret as it is, in JSON of several writers, in addresses and in base64', () => {
    const mask = createMask([SECRET]);
    const inAscii = JSON.stringify(SECRET).replace('ä', '\\u00e4');
    const ofGo = JSON.stringify(SECRET).replace('<', '\\u003c');
    for (const form of [
      SECRET,
      JSON.stringify(SECRET).slice(1, -1),
      inAscii.slice(1, -1),
      ofGo.slice(1, -1),
      encodeURIComponent(SECRET),
      Buffer.from(SECRET).toString('base64'),
    ]) {
      expect(mask.text(`a ${form} b`)).toBe('a *** b');
    }
  });

  it('hides each line of a secret with several lines', () => {
    const mask = createMask(['-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----\n']);
    expect(mask.text('see abcdefgh')).toBe('see ***');
  });

  it('hides the longer of two that begin alike, and nothing for short ones', () => {
    expect(createMask(['secret', 'secret-and-more', 'abc', undefined]).text('secret-and-more secret abc')).toBe(
      '*** *** abc',
    );
  });

  it('hides what may be the beginning of a secret where a text was cut', () => {
    const mask = createMask(['a-long-secret']);
    expect(mask.cutText('this is a-long-s')).toBe('this is ***');
    expect(mask.cutText('this is a-l')).toBe('this is a-l');
    expect(mask.text('this is a-long-s')).toBe('this is a-long-s');
  });

  it('hides secrets everywhere in a value, numbers and names too', () => {
    const mask = createMask(['12345678', 'name-of-it']);
    expect(mask.value({ n: 12345678, l: ['x 12345678', true, null, 1], o: { 'name-of-it': 1 } })).toEqual({
      n: '***',
      l: ['x ***', true, null, 1],
      o: { '***': 1 },
    });
  });
});
