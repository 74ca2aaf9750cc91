/** The own keys of service type `ssh-command`, in camelCase and with durations in milliseconds. */
export const sshCommandSettings = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'ssh-command',
  description: 'Sends commands to a device over SSH, by exec or at the prompt of its shell.',
  type: 'object',
  additionalProperties: false,
  required: ['commands'],
  properties: {
    commands: {
      type: 'array',
      description: 'What is sent, in order. Each is a template.',
      minItems: 1,
      maxItems: 200,
      items: { type: 'string', minLength: 1, maxLength: 65_536, 'x-template': 'text' },
    },
    mode: {
      type: 'string',
      enum: ['exec', 'shell'],
      description:
        'exec: each command in a channel of its own. shell: one after the other at the prompt. Default: shell for network platforms, or where enable, config or prompt is set; else exec.',
    },
    enable: { type: 'boolean', default: false, description: 'Enter privileged mode first.' },
    config: {
      type: 'boolean',
      description: 'Send the commands in configuration mode. On Junos they are committed, or rolled back.',
      default: false,
    },
    prompt: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'A regular expression for the line of the prompt, for devices whose prompt is not recognised.',
    },
    stopOnError: { type: 'boolean', default: true, description: 'Send nothing after a command that failed.' },
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Default: the port of the device, else 22.' },
    connectTimeoutMs: {
      type: 'integer',
      minimum: 1,
      maximum: 600_000,
      description: 'Time for connecting and logging in.',
      default: 10_000,
    },
    legacyAlgorithms: {
      type: 'boolean',
      description: 'Also offer the SHA-1 key exchanges and CBC ciphers that old devices need.',
      default: false,
    },
  },
  if: { properties: { mode: { const: 'shell' } } },
  // Mode is exec then, and an exec channel has no modes and no prompt.
  else: { properties: { enable: { const: false }, config: { const: false }, prompt: false } },
} as const;
