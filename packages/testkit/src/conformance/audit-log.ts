import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AuditEntry, AuditFilter, AuditLog } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';

/** What every audit log promises. */
export const auditLogConformance: readonly ConformanceCase<AuditLog>[] = [
  {
    title: 'gives entries back as they were written, newest first, with their times',
    async check(audit) {
      const actor = someName();
      const first = { actor, action: 'lock.break', subject: 'device/r1', detail: { token: 7, run: 'a', check: false } };
      const second = { actor, action: 'action', subject: 'subject', detail: {} };
      await audit.append(first);
      await audit.append(second);
      const { items } = await audit.list({ actor }, null, 10);
      assert.deepEqual(items.map(withoutId), [second, first]);
      const [newest, oldest] = items;
      assert.ok(newest && oldest && newest.atMs >= oldest.atMs && newest.id !== oldest.id);
    },
  },
  {
    title: 'finds entries by actor, action, subject and time',
    async check(audit) {
      const [actor, other] = [someName(), someName()];
      const entry = { actor, action: 'user.create', subject: 'olga', detail: {} };
      await audit.append(entry);
      await audit.append({ ...entry, actor: other });
      await audit.append({ ...entry, action: 'user.delete' });
      await audit.append({ ...entry, subject: 'otto' });
      const found = async (filter: AuditFilter) => (await whole(audit, filter)).map(withoutId);
      assert.equal((await found({ actor })).length, 3);
      assert.deepEqual(await found({ actor, action: 'user.create', subject: 'olga' }), [entry]);
      assert.deepEqual(await found({ actor: other }), [{ ...entry, actor: other }]);
      const [newest] = await whole(audit, { actor });
      const atMs = newest?.atMs ?? 0;
      assert.deepEqual(await found({ actor, sinceMs: atMs + 1 }), []);
      assert.ok((await found({ actor, sinceMs: atMs })).length >= 1);
    },
  },
  {
    title: 'gives decisions back with who was asked for, by which credential, and what led there',
    async check(audit) {
      const actor = someName();
      const denied = {
        actor,
        initiator: 'ada',
        principal: 'sa_ci',
        credential: 'key-1',
        chain: ['r1', 'r2'],
        decision: 'denied',
        reason: 'SERVICE_RUN_DENIED: not allowed',
        action: 'run.accept',
        subject: 'service/show',
        detail: { door: 'native' },
      } as const;
      await audit.append(denied);
      assert.deepEqual((await whole(audit, { actor })).map(withoutId), [denied]);
    },
  },
  {
    title: 'finds entries by principal and decision',
    async check(audit) {
      const [actor, principal] = [someName(), someName()];
      const entry = { actor, principal, action: 'run.accept', subject: 'service/show', detail: {} };
      const allowed = { ...entry, decision: 'allowed' } as const;
      const denied = { ...entry, decision: 'denied' } as const;
      for (const written of [allowed, denied, { ...allowed, principal: actor }, entry]) await audit.append(written);
      const found = async (filter: AuditFilter) => (await whole(audit, filter)).map(withoutId);
      // What is denied may be kept apart: of one millisecond nobody knows then which was first.
      const byPrincipal = await whole(audit, { principal });
      assert.equal(byPrincipal.length, 3);
      assert.deepEqual(byPrincipal.filter(({ decision }) => decision !== 'denied').map(withoutId), [entry, allowed]);
      assert.deepEqual(await found({ principal, decision: 'denied' }), [denied]);
      assert.deepEqual(await found({ actor, decision: 'allowed' }), [{ ...allowed, principal: actor }, allowed]);
    },
  },
  {
    title: 'gives each entry once over all pages, while others are written',
    async check(audit) {
      const actor = someName();
      const subjects = Array.from({ length: 12 }, (_, index) => `s${index}`);
      for (const subject of subjects) await audit.append({ actor, action: 'a.b', subject, detail: {} });
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<AuditLog['list']>> = await audit.list({ actor }, cursor, 5);
        assert.ok(page.items.length <= 5);
        found.push(...page.items.map(({ subject }) => subject));
        cursor = page.cursor;
        await audit.append({ actor, action: 'a.b', subject: 'later', detail: {} });
      } while (cursor !== null);
      assert.deepEqual(found, subjects.toReversed());
    },
  },
  {
    title: 'refuses a cursor that no page gave',
    async check(audit) {
      await assert.rejects(audit.list({}, 'nothing', 10), { code: 'CURSOR_INVALID' });
    },
  },
];

async function whole(audit: AuditLog, filter: AuditFilter): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<AuditLog['list']>> = await audit.list(filter, cursor, 100);
    entries.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return entries;
}

function withoutId(entry: AuditEntry): object {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'id' && key !== 'atMs'));
}

function someName(): string {
  return `user-${randomBytes(4).toString('hex')}`;
}
