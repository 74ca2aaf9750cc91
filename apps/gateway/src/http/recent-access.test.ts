import { describe, expect, it } from '@jest/globals';
import type { CatalogView } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import { RecentAccess } from './recent-access.ts';

function setup() {
  const clock = new TestClock();
  const catalog = new MemoryCatalogStore(clock);
  let looks = 0;
  // The copy of a process that hears nothing of others, as in a real gateway: it is as old as its last look.
  const copies: CatalogView[] = [];
  const recent = new RecentAccess(
    {
      async view() {
        looks += 1;
        copies.push(await catalog.view());
        return catalog.view();
      },
      lastView: () => copies.at(-1) ?? null,
    },
    clock,
  );
  const write = async (name: string) =>
    catalog.write([{ kind: 'role', action: 'put', item: { name, permissions: [] } }], catalog.lastView().revision);
  return { clock, recent, write, looks: () => looks };
}

describe('what the catalog said lately', () => {
  it('is asked once for many calls, and given without waiting after that', async () => {
    const { recent, looks } = setup();
    const [first, second] = await Promise.all([recent.view(), recent.view()]);
    expect(first).toBe(second);
    for (let call = 0; call < 100; call += 1) expect(recent.view()).toBe(first);
    expect(looks()).toBe(1);
  });

  it('is never older than a second', async () => {
    const { recent, clock, write } = setup();
    await recent.view();
    await write('new');
    clock.advance(999);
    expect((await recent.view()).get('role', 'new')).toBeUndefined();
    clock.advance(1);
    expect((await recent.view()).get('role', 'new')).toBeDefined();
  });

  it('is asked for again after a question that failed', async () => {
    const clock = new TestClock();
    const catalog = new MemoryCatalogStore(clock);
    let isDown = true;
    const view = () => (isDown ? Promise.reject(new Error('down')) : catalog.view());
    const recent = new RecentAccess({ view, lastView: () => null }, clock);
    await expect(recent.view()).rejects.toThrow('down');
    isDown = false;
    await expect(recent.view()).resolves.toBeDefined();
  });
});
