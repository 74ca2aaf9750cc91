import type { FromSchema } from 'json-schema-to-ts';

const keepOptional = { keepDefaultedPropertiesOptional: true } as const;

/** The keys of a service of type `ping`. */
export const pingSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'ping',
  description: 'Asks whether a device answers, by ICMP echo or by opening a TCP connection.',
  type: 'object',
  additionalProperties: false,
  properties: {
    method: {
      description: 'ICMP echo through the ping program of the system, or TCP connections.',
      enum: ['icmp', 'tcp'],
      default: 'icmp',
    },
    count: { description: 'How many probes are sent.', type: 'integer', minimum: 1, maximum: 20, default: 3 },
    port: {
      description: 'The TCP port. Without it the port of the device, else 22.',
      type: 'integer',
      minimum: 1,
      maximum: 65535,
    },
    intervalMs: {
      description: 'Milliseconds between two probes.',
      type: 'integer',
      minimum: 200,
      maximum: 60000,
      default: 200,
    },
    timeoutMs: {
      description: 'Milliseconds to wait for the answer to one probe. ICMP rounds up to whole seconds.',
      type: 'integer',
      minimum: 1,
      maximum: 60000,
      default: 2000,
    },
  },
} as const;

export type PingSettings = FromSchema<typeof pingSettings, typeof keepOptional>;
