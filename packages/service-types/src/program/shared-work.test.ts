import { describe, expect, it } from '@jest/globals';
import { SharedWork } from './shared-work.ts';

const never = new AbortController().signal;

describe('SharedWork', () => {
  it('does the same work once for all who ask while it is under way', async () => {
    const shared = new SharedWork<number>();
    let begun = 0;
    const work = async (): Promise<number> => ++begun;
    expect(await Promise.all([shared.get('a', never, work), shared.get('a', never, work)])).toEqual([1, 1]);
    expect(await shared.get('a', never, work)).toBe(2);
  });

  it('gives whoever stops waiting his own reason and goes on for the others', async () => {
    const shared = new SharedWork<string>();
    let finish: (value: string) => void = () => undefined;
    const work = () => new Promise<string>((resolve) => (finish = resolve));
    const stop = new AbortController();
    const stopped = shared.get('a', stop.signal, work);
    const waiting = shared.get('a', never, work);
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    finish('done');
    expect(await waiting).toBe('done');
  });

  it('aborts work for which nobody waits any more, and begins anew for the next', async () => {
    const shared = new SharedWork<string>();
    const signals: AbortSignal[] = [];
    const work = (signal: AbortSignal) => {
      signals.push(signal);
      return signals.length === 1 ? new Promise<string>(() => undefined) : Promise.resolve('second');
    };
    const stop = new AbortController();
    const stopped = shared.get('a', stop.signal, work);
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    expect(signals[0]?.aborted).toBe(true);
    expect(await shared.get('a', never, work)).toBe('second');
  });

  it('tells a failure to all and does not keep it', async () => {
    const shared = new SharedWork<string>();
    const fails = () => Promise.reject(new Error('no'));
    await expect(Promise.all([shared.get('a', never, fails), shared.get('a', never, fails)])).rejects.toThrow('no');
    expect(await shared.get('a', never, async () => 'yes')).toBe('yes');
  });
});
