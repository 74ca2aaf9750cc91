import type { StepRecord, StepStore } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { DAY_MS, recordLifeMs } from './keep-time.ts';
import type { Keys } from './keys.ts';
import { checkedScanCursor } from './scan-cursor.ts';
import { stepField } from './step-field.ts';
import { known } from './store-errors.ts';

const WRITE_STEP = loadScript(new URL('./lua/write-step-2.lua', import.meta.url));
const CHANGE_STEP = loadScript(new URL('./lua/change-step-2.lua', import.meta.url));

/** The longest that a run may take, from its start. */
const RUN_MS_MAX = 30 * DAY_MS;

/** The steps of one run lie in one hash beside its record, by device and step. Names hold no control characters. */
export function createStepStore(connection: RedisConnection, keys: Keys): StepStore {
  defineScripts(connection, [WRITE_STEP, CHANGE_STEP]);
  return {
    async read(runId, device, steps) {
      if (steps.length === 0) return new Map();
      const fields = steps.map((step) => stepField({ device, step }));
      const stored = await known(connection.hmget(keys.run(runId).steps, ...fields));
      const found = new Map<string, StepRecord>();
      for (const [index, text] of stored.entries()) if (text) found.set(steps[index] ?? '', decode(text));
      return found;
    },
    async write({ runId, slice }, claim, ref, record) {
      const run = keys.run(runId);
      const lifeMs = RUN_MS_MAX + recordLifeMs(claim.spec.keep);
      const args = [slice, claim.token, stepField(ref), encode(record), lifeMs];
      return (await known(runScript<number>(connection, WRITE_STEP, [run.record, run.steps], args))) === 1;
    },
    async change(ref, from, record) {
      const run = keys.run(ref.runId);
      const args = [stepField(ref), from, encode(record), keys.changed(ref.runId)];
      return (await known(runScript<number>(connection, CHANGE_STEP, [run.record, run.steps], args))) === 1;
    },
    async list(runId, cursor, limit) {
      const start = checkedScanCursor(cursor);
      const [next, found] = await known(connection.hscan(keys.run(runId).steps, start, 'COUNT', limit));
      const items = [];
      for (let at = 0; at < found.length; at += 2) {
        const [device = '', step = ''] = (found[at] ?? '').split('\n');
        items.push({ device, step, record: decode(found[at + 1] ?? '') });
      }
      return { items, cursor: next === '0' ? null : next };
    },
  };
}

/** The state stands before the JSON, so that a script can tell it. */
function encode(record: StepRecord): string {
  return `${record.state} ${JSON.stringify(record)}`;
}

function decode(text: string): StepRecord {
  return JSON.parse(text.slice(text.indexOf(' ') + 1)) as StepRecord;
}
