import { describe, expect, it } from '@jest/globals';
import { AppError, type CatalogChange, type SealedStates, type SecretBox } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import { createRotateSecrets } from './rotate-secrets.ts';

/** Seals as `<key>|<text>`; opens with any of its keys. */
function box(key: string, ...old: string[]): Required<SecretBox> {
  return {
    seal: (text) => `${key}|${text}`,
    open(sealed) {
      const [by = '', text = ''] = sealed.split('|');
      if ([key, ...old].includes(by)) return text;
      throw new AppError('CREDENTIAL_NOT_FOUND', 'no key');
    },
    isCurrent: (sealed) => sealed.startsWith(`${key}|`),
  };
}

const NO_STATES: SealedStates = {
  reseal: () => Promise.resolve({ resealed: 0, current: 0, unreadable: [], cursor: null }),
};

function setup(secrets: SecretBox, states = NO_STATES) {
  const clock = new TestClock();
  const catalog = new MemoryCatalogStore(clock);
  const rotate = createRotateSecrets({ catalog, secrets, states, clock });
  const write = async (...changes: CatalogChange[]) => catalog.write(changes, (await catalog.view()).revision);
  return { clock, catalog, rotate, write };
}

const secret = (name: string, sealed: string): CatalogChange => ({
  kind: 'secret',
  action: 'put',
  item: { name, value: { sealed } },
});

describe('rotating the key', () => {
  it('seals secrets and credentials anew, and leaves references and everything else', async () => {
    const { catalog, rotate, write } = setup(box('new', 'old'));
    const credential = { name: 'c', username: 'u', token: { secret: 's' }, priority: 3 };
    await write(secret('s', 'old|one'), secret('t', 'new|two'), {
      kind: 'credential',
      action: 'put',
      item: { ...credential, password: { sealed: 'old|three' }, privateKey: { sealed: 'new|four' } },
    });
    expect(await rotate()).toEqual({ resealed: 2, current: 1, unreadable: [], isComplete: true });
    const view = await catalog.view();
    expect(view.get('secret', 's')?.item.value.sealed).toBe('new|one');
    expect(view.get('credential', 'c')?.item).toEqual({
      ...credential,
      password: { sealed: 'new|three' },
      privateKey: { sealed: 'new|four' },
    });
    const { revision } = view;
    expect(await rotate()).toEqual({ resealed: 0, current: 3, unreadable: [], isComplete: true });
    expect((await catalog.view()).revision).toBe(revision);
  });

  it('goes in small steps, goes on after a crash, and past what others write meanwhile', async () => {
    const { catalog, rotate, write } = setup(box('new', 'old'));
    await write(...Array.from({ length: 220 }, (_, index) => secret(`s${index}`, `old|${index}`)));
    const steps: number[] = [];
    const real = catalog.write.bind(catalog);
    catalog.write = async (changes, revision) => {
      steps.push(changes.length);
      if (steps.length === 2) await real([secret('s0', 'new|other')], revision);
      if (steps.length === 4) throw new Error('the process died');
      return real(changes, revision);
    };
    await expect(rotate()).rejects.toThrow('the process died');
    expect(steps).toEqual([50, 50, 50, 50]);
    expect(await rotate()).toMatchObject({ resealed: 120, isComplete: true });
    const view = await catalog.view();
    const values = view.names('secret').map((name) => view.get('secret', name)?.item.value.sealed ?? '');
    expect(values.every((sealed) => sealed.startsWith('new|'))).toBe(true);
    // What somebody wrote meanwhile was not undone.
    expect(view.get('secret', 's0')?.item.value.sealed).toBe('new|other');
  });

  it('leaves what no key opens as it is, and names it', async () => {
    const { catalog, rotate, write } = setup(box('new', 'old'));
    await write(secret('lost', 'gone|x'), secret('s', 'old|y'));
    expect(await rotate()).toEqual({ resealed: 1, current: 0, unreadable: ['secret lost'], isComplete: true });
    expect((await catalog.view()).get('secret', 'lost')?.item.value.sealed).toBe('gone|x');
  });

  it('ends in time and goes on with the next call', async () => {
    const { clock, catalog, rotate, write } = setup(box('new', 'old'));
    await write(...Array.from({ length: 220 }, (_, index) => secret(`s${index}`, `old|${index}`)));
    const real = catalog.write.bind(catalog);
    catalog.write = (changes, revision) => {
      clock.advance(15_000);
      return real(changes, revision);
    };
    expect(await rotate()).toMatchObject({ resealed: 100, isComplete: false });
    expect(await rotate()).toMatchObject({ resealed: 100, isComplete: false });
    expect(await rotate()).toMatchObject({ resealed: 20, isComplete: true });
  });

  it('does the same with what services keep, page by page', async () => {
    const asked: (string | null)[] = [];
    const states: SealedStates = {
      async reseal(cursor) {
        asked.push(cursor);
        if (cursor === null) return { resealed: 2, current: 1, unreadable: [], cursor: '7' };
        return { resealed: 0, current: 1, unreadable: ['plan/x'], cursor: null };
      },
    };
    const { rotate } = setup(box('new'), states);
    expect(await rotate()).toEqual({ resealed: 2, current: 2, unreadable: ['state plan/x'], isComplete: true });
    expect(asked).toEqual([null, '7']);
  });
});
