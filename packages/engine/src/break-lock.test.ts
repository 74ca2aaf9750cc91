import { describe, expect, it } from '@jest/globals';
import { ADMIN, MemoryAuditLog, MemoryLockStore, TestClock } from '@runyard/testkit';
import { createBreakLock } from './break-lock.ts';

const HOLDER = { runId: 'a'.repeat(24), device: 'r1', service: 'backup', principal: 'olga' };

function setup() {
  const clock = new TestClock();
  const locks = new MemoryLockStore(clock);
  const audit = new MemoryAuditLog(clock);
  return { locks, audit, breakLock: createBreakLock({ locks, audit }) };
}

describe('breaking a lock', () => {
  it('tells who had it, and who broke it is written down', async () => {
    const { locks, audit, breakLock } = setup();
    const lease = await locks.acquire('device/r1', HOLDER);
    const token = 'token' in lease ? lease.token : null;
    expect(await breakLock('device/r1', ADMIN)).toMatchObject({ key: 'device/r1', holder: HOLDER, token });
    expect(await locks.get('device/r1')).toBeNull();
    const detail = { runId: HOLDER.runId, device: 'r1', service: 'backup', token };
    const allowed = { actor: 'ada', credential: 'password', decision: 'allowed' };
    expect(audit.entries).toMatchObject([{ ...allowed, action: 'lock.break', subject: 'device/r1', detail }]);
  });

  it('does nothing when it cannot be written down', async () => {
    const { locks, audit, breakLock } = setup();
    await locks.acquire('device/r1', HOLDER);
    audit.append = () => Promise.reject(new Error('full'));
    await expect(breakLock('device/r1', ADMIN)).rejects.toThrow('full');
    expect(await locks.get('device/r1')).not.toBeNull();
  });

  it('is refused for a lock that nobody holds, without an entry', async () => {
    const { audit, breakLock } = setup();
    await expect(breakLock('device/r1', ADMIN)).rejects.toMatchObject({ code: 'LOCK_NOT_FOUND' });
    expect(audit.entries).toEqual([]);
  });

  it('is refused to operators', async () => {
    const { locks, audit, breakLock } = setup();
    await locks.acquire('device/r1', HOLDER);
    const operator = { ...ADMIN, principal: { ...ADMIN.principal, roles: ['operator'] } } as const;
    await expect(breakLock('device/r1', operator)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect([await locks.get('device/r1'), audit.entries]).toEqual([expect.anything(), []]);
  });
});
