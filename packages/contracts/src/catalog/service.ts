import {
  type Amount,
  type Backoff,
  type JsonObject,
  type JsonValue,
  PRIORITIES,
  type Priority,
  ROLLOUT_DEFAULTS,
  type RunMethod,
  type RunState,
  SERVICE_DEFAULTS,
} from '@runyard/domain';
import type { Conversion, ForEach, Rollout, Skip, Targets, Validation } from '@runyard/domain';
import { type Duration, durationSchema, formatDuration } from '../durations.ts';
import type { SchemaObject } from '../json-schema.ts';
import { clusterNameSchema, descriptionSchema, nameSchema } from '../names.ts';
import { timeZoneSchema } from '../time-zones.ts';
import { webhooksSchema } from '../webhooks.ts';
import { type AddressDocument, addressProperties } from './endpoint.ts';
import { valueNameSchema } from './step-parts.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Attempts after failures; in a service, and in a run that overrides it. */
export const retriesSchema = {
  type: 'object',
  description: 'How a device that failed is tried again.',
  properties: {
    count: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      default: 0,
      description: 'How often again after the first try.',
    },
    delay: durationSchema({
      description: 'How long to wait before the second try.',
      minimumMs: 0,
      maximumMs: DAY_MS,
      default: formatDuration(SERVICE_DEFAULTS.retries.delayMs),
    }),
    backoff: {
      enum: ['fixed', 'exponential'],
      default: SERVICE_DEFAULTS.retries.backoff,
      description:
        'fixed: the same delay each time, by chance up to a tenth longer; exponential: it doubles, up to ten minutes, and half of it is by chance.',
    },
  },
  additionalProperties: false,
} as const satisfies SchemaObject;

export const timeoutSchema = durationSchema({
  description: 'How long one attempt at one device may take.',
  minimumMs: 10,
  maximumMs: 7 * DAY_MS,
  default: formatDuration(SERVICE_DEFAULTS.timeoutMs),
});

export const runTimeoutSchema = durationSchema({
  description: 'How long the whole run may take, from its start.',
  minimumMs: 10,
  maximumMs: 30 * DAY_MS,
  default: formatDuration(SERVICE_DEFAULTS.runTimeoutMs),
});

export const parallelSchema = {
  type: 'integer',
  minimum: 1,
  maximum: 10_000,
  description: 'Devices of the run at once, over all workers.',
} as const satisfies SchemaObject;

export const prioritySchema = {
  enum: PRIORITIES,
  default: 'normal',
  description: 'Which of two waiting runs is taken first; whoever waits long moves up.',
} as const satisfies SchemaObject;

export const lockSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 1_000,
  'x-template': 'text',
  default: 'none',
  description:
    'What a device holds alone while it is in work: `none`, `device` (the device itself), or a template of a key.',
} as const satisfies SchemaObject;

export const queueTtlSchema = durationSchema({
  description: 'How long a run may wait to begin; then it expires.',
  minimumMs: 10,
  maximumMs: 30 * DAY_MS,
});

function amountSchema(minimum: number, description: string) {
  return {
    type: ['integer', 'string'],
    minimum,
    maximum: 1_000_000,
    pattern: String.raw`^(100|[1-9]?\d)(\.\d{1,3})?%$`,
    'x-expects': 'a number of devices, or a share of them such as 10%',
    description,
  } as const satisfies SchemaObject;
}

/** Batch by batch; in a service, and in a run that overrides it. */
export const rolloutSchema = {
  type: 'object',
  description: 'Goes over the devices batch by batch, and stops when too many failed.',
  properties: {
    canary: amountSchema(1, 'Devices of the first batch: a number, or a share such as 1%.'),
    batches: amountSchema(1, 'Devices of each later batch: a number or a share; all that are left when absent.'),
    maxFailures: amountSchema(0, 'More failed devices than this stop it: a number or a share of all; any when absent.'),
    soak: durationSchema({
      description: 'How long to wait after a batch before the next one.',
      minimumMs: 0,
      maximumMs: 7 * DAY_MS,
      default: formatDuration(ROLLOUT_DEFAULTS.soakMs),
    }),
    onBreach: {
      enum: ['stop', 'pause'],
      default: ROLLOUT_DEFAULTS.onBreach,
      description: 'stop: the run fails and nothing more begins; pause: it waits for somebody to resume or cancel it.',
    },
  },
  additionalProperties: false,
} as const satisfies SchemaObject;

const targetsSchema = {
  type: 'object',
  description: 'The devices it runs on when the caller names none.',
  properties: {
    devices: { type: 'array', maxItems: 100_000, items: nameSchema, description: 'Names of devices.' },
    pools: { type: 'array', maxItems: 1_000, items: nameSchema, description: 'Names of pools.' },
  },
  additionalProperties: false,
} as const satisfies SchemaObject;

const validateSchema = {
  type: 'object',
  description: 'What the converted result must show for the device to count as succeeded.',
  properties: {
    path: {
      type: 'string',
      maxLength: 500,
      pattern: String.raw`^result(\.[^.]+)*$`,
      'x-expects': '`result` or a dotted path below it, such as result.version',
      default: 'result',
      description: 'Where to look: `result`, or a dotted path below it.',
    },
    contains: { type: 'string', maxLength: 100_000, description: 'It has this text in it.' },
    matches: { type: 'string', maxLength: 1_000, format: 'regex', description: 'A regular expression found in it.' },
    includes: { description: 'It has at least these members.' },
    equals: { description: 'It is exactly this.' },
    not: { type: 'boolean', default: false, description: 'Inverts the test.' },
  },
  oneOf: [{ required: ['contains'] }, { required: ['matches'] }, { required: ['includes'] }, { required: ['equals'] }],
  additionalProperties: false,
} as const satisfies SchemaObject;

const skipSchema = {
  type: 'object',
  description: 'Leaves a device out.',
  properties: {
    when: {
      type: 'string',
      minLength: 1,
      maxLength: 10_000,
      'x-template': 'text',
      description: 'A template; true, yes or 1 leaves it out.',
    },
    as: { enum: ['success', 'failure', 'discard'], default: 'success', description: 'As what the device counts then.' },
  },
  required: ['when'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const forEachSchema = {
  type: 'object',
  description: 'Does the work once for each value, on each device.',
  properties: {
    value: {
      type: ['array', 'string'],
      maxItems: 10_000,
      maxLength: 100_000,
      'x-template': 'text',
      description: 'The values, or a template that gives a JSON list.',
    },
    as: { ...valueNameSchema, default: 'item', description: 'The name by which templates see the value.' },
  },
  required: ['value'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const keepSchema = {
  type: 'object',
  description: 'How long runs of the service are kept; whichever limit is reached first.',
  properties: {
    days: { type: 'number', minimum: 0, maximum: 3_650, default: SERVICE_DEFAULTS.keep.days, description: 'Days.' },
    runs: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: SERVICE_DEFAULTS.keep.runs,
      description: 'Number of runs.',
    },
  },
  additionalProperties: false,
} as const satisfies SchemaObject;

const serviceSecretSchema = {
  type: 'object',
  description: 'A secret of the catalog as an environment variable of the program.',
  properties: {
    name: { ...nameSchema, description: 'Name of the secret.' },
    type: { const: 'env', default: 'env', description: 'As what the program gets it.' },
    target: {
      type: 'string',
      maxLength: 256,
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      'x-expects': 'the name of an environment variable: letters, digits and underscores',
      description: 'Name of the environment variable.',
    },
  },
  required: ['name', 'target'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** The keys that every service may have, whatever its type. */
export const serviceProperties = {
  name: { ...nameSchema, description: 'Its name, unique among services.' },
  type: { type: 'string', description: 'What kind of work it is.' },
  description: descriptionSchema,
  tags: {
    type: 'array',
    maxItems: 50,
    items: { type: 'string', minLength: 1, maxLength: 100 },
    description: 'Words to find it by.',
  },
  disabled: { type: 'boolean', default: false, description: 'Refuses new runs.' },
  inputs: {
    type: 'object',
    description: 'JSON Schema of the params of a run, draft-07 or 2020-12, kept as it is.',
  },
  targets: targetsSchema,
  runMethod: {
    enum: ['per-device', 'once'],
    default: SERVICE_DEFAULTS.runMethod,
    description: 'per-device: once on each device; once: one time for all of them.',
  },
  cluster: { ...clusterNameSchema, description: 'Where a service that runs once does so.' },
  timeZone: { ...timeZoneSchema, description: 'Zone of its runs when nobody says another; UTC when absent.' },
  credential: { ...nameSchema, description: 'Credential for devices that name none.' },
  timeout: timeoutSchema,
  runTimeout: runTimeoutSchema,
  retries: retriesSchema,
  parallel: parallelSchema,
  maxConcurrent: {
    type: 'integer',
    minimum: 1,
    maximum: 10_000,
    description: 'Runs of the service in work at once; the others wait in the order of acceptance.',
  },
  lock: lockSchema,
  priority: prioritySchema,
  rollout: rolloutSchema,
  queueTtl: queueTtlSchema,
  effects: {
    enum: ['repeatable', 'once'],
    default: 'repeatable',
    description:
      'What a crash may do: repeat the unfinished device, or, with `once`, report it as unknown and never run it again.',
  },
  convert: {
    enum: ['none', 'text', 'json', 'xml', 'textfsm'],
    default: SERVICE_DEFAULTS.convert,
    description: 'How the text that a device gave becomes data.',
  },
  textfsm: {
    type: 'string',
    minLength: 1,
    maxLength: 262_144,
    description: 'The TextFSM template for `convert: textfsm`.',
  },
  validate: validateSchema,
  skip: skipSchema,
  forEach: forEachSchema,
  waitAfter: durationSchema({
    description: 'How long to wait after each device.',
    minimumMs: 0,
    maximumMs: 60 * MINUTE_MS,
    default: formatDuration(SERVICE_DEFAULTS.waitAfterMs),
  }),
  keep: keepSchema,
  bundle: {
    type: 'string',
    pattern: '^[0-9a-f]{64}$',
    'x-expects': 'the content address of a bundle: 64 hex digits',
    description: 'Content address of the files of the service.',
  },
  repository: { ...nameSchema, description: 'Git repository with its files.' },
  workingDirectory: {
    type: 'string',
    maxLength: 1_024,
    pattern: String.raw`^[^\u0000]*$`,
    'x-expects': 'a path without a zero byte',
    description: 'Folder in the repository or source in which it works; its top when empty or absent.',
  },
  decorator: { ...nameSchema, description: 'Decorator whose schema stands for `inputs`.' },
  secrets: {
    type: 'array',
    maxItems: 100,
    items: serviceSecretSchema,
    description: 'Secrets that its program gets.',
  },
  webhooks: webhooksSchema,
  ...addressProperties,
} as const satisfies Record<string, SchemaObject>;

/** In a catalog file the files of a service are named, and packed into a bundle when it is read. */
export const serviceSourceSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 4_096,
  description: 'Folder or file with the code of the service, relative to the catalog file.',
} as const satisfies SchemaObject;

/** Keys of capabilities that a later version brings. */
export const SERVICE_UNSUPPORTED = ['runAs', 'preProcessing', 'postProcessing'] as const;

/** A service as people write it. Keys that are not listed here are those of its type. */
export interface ServiceDocument extends AddressDocument {
  name: string;
  type: string;
  description?: string;
  tags?: string[];
  disabled?: boolean;
  inputs?: JsonObject;
  targets?: Targets;
  runMethod?: RunMethod;
  cluster?: string;
  timeZone?: string;
  credential?: string;
  timeout?: Duration;
  runTimeout?: Duration;
  retries?: { count?: number; delay?: Duration; backoff?: Backoff };
  parallel?: number;
  maxConcurrent?: number;
  lock?: string;
  priority?: Priority;
  rollout?: {
    canary?: Amount;
    batches?: Amount;
    maxFailures?: Amount;
    soak?: Duration;
    onBreach?: Rollout['onBreach'];
  };
  queueTtl?: Duration;
  effects?: 'repeatable' | 'once';
  convert?: Conversion;
  textfsm?: string;
  validate?: Validation;
  skip?: { when: string; as?: Skip['as'] };
  forEach?: { value: ForEach['value']; as?: string };
  waitAfter?: Duration;
  keep?: { days?: number; runs?: number };
  bundle?: string;
  repository?: string;
  workingDirectory?: string;
  decorator?: string;
  secrets?: { name: string; type?: 'env'; target: string }[];
  webhooks?: { url: string; on?: RunState[]; secret?: string }[];
  [setting: string]: JsonValue | undefined | object;
}
