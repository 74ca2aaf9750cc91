import type { HostKeyPolicy, JsonObject } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { clusterNameSchema, descriptionSchema, nameSchema } from '../names.ts';

export const deviceSchema = {
  type: 'object',
  description: 'A target: something that answers at an address.',
  properties: {
    name: { ...nameSchema, description: 'Its name, unique among devices.' },
    description: descriptionSchema,
    address: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: String.raw`^[^\s/@]+$`,
      'x-expects': 'an IP address or a host name, without port, path or user',
      description: 'IP address or host name.',
    },
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Port, when it is not the usual one.' },
    platform: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'What its command line is like, such as cisco-ios or linux.',
      examples: ['cisco-ios'],
    },
    cluster: { ...clusterNameSchema, default: 'default', description: 'The cluster whose workers reach it.' },
    credential: { ...nameSchema, description: 'Name of the credential with which it is entered.' },
    attributes: {
      type: 'object',
      maxProperties: 200,
      description: 'Anything else that is known about it, for pool rules and templates. Keys are kept as they are.',
    },
    ssh: {
      type: 'object',
      description: 'How it is entered over SSH.',
      properties: {
        hostKey: {
          enum: ['strict', 'accept-new', 'off'],
          description: 'strict: only a known host key; accept-new: the first one seen is remembered; off: any.',
        },
        jump: { ...nameSchema, description: 'Name of the device to jump through.' },
        sessions: {
          type: 'integer',
          minimum: 1,
          maximum: 1_000,
          description: 'Sessions at once, over all runs of one worker.',
        },
      },
      additionalProperties: false,
    },
  },
  required: ['name', 'address'],
  additionalProperties: false,
  'x-unsupported': ['netconf', 'snmp', 'telnet', 'http', 'group', 'location'],
} as const satisfies SchemaObject;

export interface DeviceDocument {
  name: string;
  description?: string;
  address: string;
  port?: number;
  platform?: string;
  cluster?: string;
  credential?: string;
  attributes?: JsonObject;
  ssh?: { hostKey?: HostKeyPolicy; jump?: string; sessions?: number };
}
