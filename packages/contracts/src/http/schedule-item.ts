import type { SlotOutcome } from '@runyard/domain';
import type { ScheduleDocument } from '../catalog/schedule.ts';
import type { SchemaObject } from '../json-schema.ts';
import { type VersionedAnswer, versionedSchema } from './catalog-api.ts';
import { runErrorSchema, timeSchema } from './parts.ts';

const SLOT_OUTCOMES: readonly SlotOutcome[] = ['fired', 'overlap', 'missed', 'refused'];
const nullableTime = { ...timeSchema, type: ['string', 'null'] } as const;

const lastSchema = {
  type: ['object', 'null'],
  description: 'What was done last; null when nothing was yet.',
  properties: {
    slot: { ...nullableTime, description: 'The slot; null for a run that somebody started by hand.' },
    outcome: {
      enum: SLOT_OUTCOMES,
      description:
        'fired: there is a run; overlap: a run was in work; missed: no gateway was there; refused: the run was not accepted.',
    },
    at: { ...timeSchema, description: 'When it was done.' },
    run: { type: 'string', description: 'Id of the run.' },
    by: { type: 'string', description: 'Who started it by hand.' },
    error: { ...runErrorSchema, description: 'Why the run was not accepted.' },
  },
  required: ['slot', 'outcome', 'at'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const versioned = versionedSchema('Schedule');

export const scheduleItemSchema: SchemaObject = {
  ...versioned,
  description: 'A schedule with its version and, when it is read alone, how far it has come.',
  properties: {
    ...versioned.properties,
    timeZone: { type: 'string', description: 'The zone in which it is read.' },
    next: {
      type: 'array',
      maxItems: 5,
      items: timeSchema,
      description: 'Its next slots; none while it does not fire.',
    },
    pause: {
      type: ['object', 'null'],
      description: 'Set while it is paused.',
      properties: {
        at: { ...timeSchema, description: 'Since when.' },
        by: { type: 'string', description: 'Who did it.' },
        reason: { type: 'string', description: 'Why.' },
      },
      required: ['at', 'by'],
      additionalProperties: false,
    },
    waiting: { ...nullableTime, description: 'The slot that waits for the end of the runs in work.' },
    last: lastSchema,
    lastRun: { type: ['string', 'null'], description: 'Id of its newest run.' },
  },
};

export interface ScheduleAnswer extends VersionedAnswer<ScheduleDocument> {
  timeZone: string;
  next: string[];
  pause: { at: string; by: string; reason?: string } | null;
  waiting: string | null;
  last: {
    slot: string | null;
    outcome: SlotOutcome;
    at: string;
    run?: string;
    by?: string;
    error?: { code: string; message: string };
  } | null;
  lastRun: string | null;
}
