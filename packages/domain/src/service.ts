import type { CorsRule, Endpoint, Maintenance, RequestRate } from './endpoint.ts';
import type { JsonObject, JsonSchema, JsonValue } from './json.ts';
import type { Rollout } from './rollout.ts';
import type { Webhook } from './webhook.ts';

export type RunMethod = 'per-device' | 'once';
export type Backoff = 'fixed' | 'exponential';
export type Conversion = 'none' | 'text' | 'json' | 'xml' | 'textfsm';

/** Which of two waiting runs is taken first. Whoever waits long is taken as if it were higher. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Retries {
  /** How often again after the first attempt. */
  readonly count: number;
  /** Milliseconds before the second attempt. */
  readonly delayMs: number;
  readonly backoff: Backoff;
}

/** What the converted result must show. Exactly one of contains, matches, includes and equals is given. */
export interface Validation {
  /** Where to look: `result` or a dotted path below it, such as `result.version`. */
  readonly path?: string;
  readonly contains?: string;
  readonly matches?: string;
  /** The result has at least these members. */
  readonly includes?: JsonValue;
  readonly equals?: JsonValue;
  readonly not?: boolean;
}

export type SkipAs = 'success' | 'failure' | 'discard';

export interface Skip {
  /** A template; the device is skipped when it renders to `true`, `yes`, `1` or another text than `false`, `no`, `0` and nothing. */
  readonly when: string;
  readonly as: SkipAs;
}

export interface ForEach {
  /** The values, or a template that renders to a JSON list. */
  readonly value: readonly JsonValue[] | string;
  /** The name by which templates see the value. */
  readonly as: string;
}

export interface Targets {
  readonly devices?: readonly string[];
  readonly pools?: readonly string[];
}

/** A named, versioned definition of what to run. The keys of its type are in `settings`. */
export interface Service {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly disabled?: boolean;
  readonly inputs?: JsonSchema;
  readonly targets?: Targets;
  readonly runMethod: RunMethod;
  /** The cluster of a run with run method `once`; per-device runs go where the device lives. */
  readonly cluster?: string;
  readonly credential?: string;
  readonly timeoutMs: number;
  readonly runTimeoutMs: number;
  readonly retries: Retries;
  readonly parallel?: number;
  /** Runs of the service in work at once; the others wait in the order of acceptance. */
  readonly maxConcurrent?: number;
  /** `device`, or a template of the key that a device holds alone while it is in work. `none` when absent. */
  readonly lock?: string;
  readonly priority?: Priority;
  /** IANA name of the zone in which its runs run when nobody says another; UTC when absent. */
  readonly timeZone?: string;
  readonly rollout?: Rollout;
  /** Milliseconds that a run may wait to begin; then it expires. */
  readonly queueTtlMs?: number;
  /** `once`: after a crash an unfinished device is reported `unknown` and never run again. `repeatable` when absent. */
  readonly effects?: 'repeatable' | 'once';
  readonly convert: Conversion;
  /** The TextFSM template, when `convert` is `textfsm`. */
  readonly textfsm?: string;
  readonly validate?: Validation;
  readonly skip?: Skip;
  readonly forEach?: ForEach;
  readonly waitAfterMs: number;
  readonly keep: Keep;
  /** The content address of the files packed from `source:`. */
  readonly bundle?: string;
  /** Name of the git repository with its files. */
  readonly repository?: string;
  /** Folder in the repository or bundle in which it works; its top when absent. */
  readonly workingDirectory?: string;
  /** Name of the decorator whose schema stands for `inputs`. */
  readonly decorator?: string;
  /** Secrets that its program gets. */
  readonly secrets?: readonly ServiceSecret[];
  /** Who is told that a run of it ended. */
  readonly webhooks?: readonly Webhook[];
  /** The part of its address under `/api/services`; made from the name when absent. */
  readonly slug?: string;
  /** The addresses by which it is run over HTTP, and by steps and schedules. */
  readonly endpoints?: readonly Endpoint[];
  /** Its endpoints let in who brings no credentials, if the installation names an account for that. */
  readonly allowUnauthenticated?: boolean;
  /** It may come again in a chain of runs that started each other. */
  readonly allowRecursion?: boolean;
  /** Its endpoints answer 503. Schedules and steps go on. */
  readonly maintenance?: Maintenance;
  /** Calls of all its endpoints together, by each client. */
  readonly rateLimit?: RequestRate;
  /** Pages of which origins may call its endpoints; none when absent. */
  readonly cors?: CorsRule;
  /** The type's own keys, already validated by the type's schema. */
  readonly settings: JsonObject;
}

/** A secret of the catalog as an environment variable of the program. */
export interface ServiceSecret {
  readonly name: string;
  readonly type: 'env';
  /** Name of the variable. */
  readonly target: string;
}

export interface Keep {
  readonly days: number;
  readonly runs: number;
}

export const SERVICE_DEFAULTS = {
  runMethod: 'per-device',
  timeoutMs: 30_000,
  runTimeoutMs: 3_600_000,
  retries: { count: 0, delayMs: 5_000, backoff: 'fixed' },
  convert: 'none',
  waitAfterMs: 0,
  keep: { days: 7, runs: 10_000 },
} as const;

/**
 * Milliseconds to wait before the attempt with this number (2 is the first retry). `random` is in [0, 1): devices that
 * failed together do not come back together. A fixed delay grows by up to a tenth and is never shorter than it says; of
 * an exponential one half is random.
 */
export function retryDelayMs(retries: Retries, attempt: number, random: number): number {
  if (retries.backoff === 'fixed') return Math.round(retries.delayMs * (1 + FIXED_JITTER * random));
  const grown = retries.delayMs * 2 ** Math.max(0, attempt - 2);
  const capped = Math.min(grown, RETRY_DELAY_MS_MAX);
  // Half fixed, half random: devices that failed together do not come back together.
  return Math.round(capped / 2 + (capped / 2) * random);
}

const RETRY_DELAY_MS_MAX = 10 * 60_000;
const FIXED_JITTER = 0.1;
