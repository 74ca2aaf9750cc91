import { MISFIRES, type Misfire, OVERLAPS, type Overlap, SCHEDULE_DEFAULTS } from '@runyard/domain';
import type { JsonObject } from '@runyard/domain';
import { cronSchema } from '../cron-times.ts';
import type { SchemaObject } from '../json-schema.ts';
import { accountNameSchema } from './access.ts';
import { endpointNameSchema } from './endpoint.ts';
import { descriptionSchema, nameSchema } from '../names.ts';
import { timeZoneSchema } from '../time-zones.ts';

const DEVICES_MAX = 10_000;
const POOLS_MAX = 1_000;

export const scheduleSchema = {
  type: 'object',
  description:
    'When a service is run by itself, and how. Cron, time zone and account change only while it is disabled.',
  properties: {
    name: { ...nameSchema, description: 'Its name, unique among schedules.' },
    description: descriptionSchema,
    service: { ...nameSchema, description: 'Name of the service.' },
    endpoint: { ...endpointNameSchema, description: 'Endpoint of the service, one with the method GET.' },
    runAs: {
      ...accountNameSchema,
      description: 'Service account as whom it runs; who saves it must be allowed to act as it.',
    },
    cron: cronSchema,
    timeZone: {
      ...timeZoneSchema,
      description: 'Zone in which `cron` is read and its runs run; that of the service when absent, else UTC.',
    },
    params: { type: 'object', description: 'Params that fit the inputs of the service.' },
    devices: {
      type: 'array',
      maxItems: DEVICES_MAX,
      items: nameSchema,
      description: 'Names of devices; with `pools` they replace the targets of the service.',
    },
    pools: { type: 'array', maxItems: POOLS_MAX, items: nameSchema, description: 'Names of pools.' },
    enabled: { type: 'boolean', default: SCHEDULE_DEFAULTS.enabled, description: 'It fires.' },
    overlap: {
      enum: OVERLAPS,
      default: SCHEDULE_DEFAULTS.overlap,
      description:
        'A slot while a run of the schedule is in work: skip drops it, queue lets one wait for the end of all such runs, allow fires.',
    },
    misfire: {
      enum: MISFIRES,
      default: SCHEDULE_DEFAULTS.misfire,
      description: 'Slots that passed while no gateway was there: skip drops them, once fires for the last of them.',
    },
  },
  required: ['name', 'service', 'runAs', 'cron'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** A schedule as people write it. */
export interface ScheduleDocument {
  name: string;
  description?: string;
  service: string;
  endpoint?: string;
  runAs: string;
  cron: string;
  timeZone?: string;
  params?: JsonObject;
  devices?: string[];
  pools?: string[];
  enabled?: boolean;
  overlap?: Overlap;
  misfire?: Misfire;
}
