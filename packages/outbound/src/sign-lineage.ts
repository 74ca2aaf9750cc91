import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, isRunId, type Lineage } from '@runyard/domain';

/** The header that tells a gateway of ours from which step of which run a call comes. */
export const LINEAGE_HEADER = 'x-runyard-lineage';

/** Signs where calls come from, and reads what came back. */
export interface LineageSigner {
  /** `v1.<base64url of {run, step, exp}>.<base64url of its HMAC-SHA256>`; good for 24 hours. */
  readonly sign: (lineage: Lineage) => string;
  /** Null for what was not signed by this installation, was changed, or is too old. */
  readonly read: (text: string) => Lineage | null;
}

export interface LineageSignerOptions {
  /** The secret key of the installation: the first one signs. */
  readonly secretKey: Uint8Array;
  /** Keys from before; what they signed still counts. */
  readonly oldSecretKeys?: readonly Uint8Array[];
  readonly clock: Clock;
}

const VERSION = 'v1';
const GOOD_FOR_MS = 24 * 60 * 60_000;
/** A run id, a step id and a time take less. */
const CHARS_MAX = 1_024;
const FORM = /^v1\.([\w-]+)\.([\w-]{43})$/;

export function createLineageSigner({ secretKey, oldSecretKeys = [], clock }: LineageSignerOptions): LineageSigner {
  const keys = [secretKey, ...oldSecretKeys].map(lineageKey);
  const [newest = lineageKey(secretKey)] = keys;
  return {
    sign({ runId, stepId }) {
      const facts = { run: runId, step: stepId, exp: Math.floor((clock.nowMs() + GOOD_FOR_MS) / 1_000) };
      const payload = Buffer.from(JSON.stringify(facts)).toString('base64url');
      return `${VERSION}.${payload}.${digestOf(newest, payload).toString('base64url')}`;
    },
    read(text) {
      const [, payload, signature] = text.length <= CHARS_MAX ? (FORM.exec(text) ?? []) : [];
      if (payload === undefined || signature === undefined) return null;
      const given = Buffer.from(signature, 'base64url');
      const isOurs = keys.some((key) => timingSafeEqual(digestOf(key, payload), given));
      return isOurs ? lineageOf(payload, clock.nowMs()) : null;
    },
  };
}

/** Of its own, so that a signature for one purpose is worth nothing for another. */
function lineageKey(secretKey: Uint8Array): Buffer {
  return createHmac('sha256', secretKey).update('runyard lineage').digest();
}

function digestOf(key: Buffer, payload: string): Buffer {
  return createHmac('sha256', key).update(`${VERSION}.${payload}`).digest();
}

/** Of a payload that we signed ourselves, perhaps in another version. */
function lineageOf(payload: string, nowMs: number): Lineage | null {
  const facts: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  if (typeof facts !== 'object' || facts === null) return null;
  const { run, step, exp } = facts as Readonly<Record<string, unknown>>;
  if (typeof run !== 'string' || !isRunId(run) || typeof step !== 'string' || typeof exp !== 'number') return null;
  return exp * 1_000 > nowMs ? { runId: run, stepId: step } : null;
}
