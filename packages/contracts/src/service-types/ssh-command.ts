/** The own keys of service type `ssh-command`, in camelCase and with durations in milliseconds. */
export const sshCommandSettings = {
  type: 'object',
  additionalProperties: false,
  required: ['commands'],
  properties: {
    commands: {
      type: 'array',
      description: 'What is sent, in order. Each is a template.',
      minItems: 1,
      maxItems: 200,
      items: { type: 'string', minLength: 1, maxLength: 65_536 },
    },
    mode: {
      type: 'string',
      enum: ['exec', 'shell'],
      description:
        'exec: each command in a channel of its own. shell: one after the other at the prompt. Default: shell for network platforms, or where enable, config or prompt is set; else exec.',
    },
    enable: { type: 'boolean', description: 'Enter privileged mode first. Default: false.' },
    config: {
      type: 'boolean',
      description:
        'Send the commands in configuration mode. On Junos they are committed, or rolled back. Default: false.',
    },
    prompt: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'A regular expression for the line of the prompt, for devices whose prompt is not recognised.',
    },
    stopOnError: { type: 'boolean', description: 'Send nothing after a command that failed. Default: true.' },
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Default: the port of the device, else 22.' },
    connectTimeoutMs: {
      type: 'integer',
      minimum: 1,
      maximum: 600_000,
      description: 'Time for connecting and logging in. Default: 10 seconds.',
    },
    legacyAlgorithms: {
      type: 'boolean',
      description: 'Also offer the SHA-1 key exchanges and CBC ciphers that old devices need. Default: false.',
    },
  },
  if: { properties: { mode: { const: 'exec' } }, required: ['mode'] },
  // An exec channel has no modes and no prompt.
  then: { properties: { enable: { const: false }, config: { const: false }, prompt: false } },
} as const;
