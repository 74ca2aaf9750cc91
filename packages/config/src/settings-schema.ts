import { OIDC_SETTINGS } from './oidc-settings.ts';
import type { FromSchema, GroupSchema } from './schema-type.ts';

/**
 * Every setting of every process. Types, defaults, variables, validation and docs/configuration.md come from here.
 * A new setting needs a description that a stranger understands and its own variable.
 */
export const SETTINGS_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    host: {
      type: 'string',
      description: 'Address on which the gateway listens. `0.0.0.0` means every network of the machine.',
      default: '127.0.0.1',
      env: 'RUNYARD_HOST',
      format: 'host',
      usedBy: 'gateway',
    },
    port: {
      type: 'integer',
      description: 'Port of the HTTP API and of the dashboard. 0 takes any free port.',
      default: 3000,
      minimum: 0,
      maximum: 65_535,
      env: 'RUNYARD_PORT',
      usedBy: 'gateway',
    },
    adminPassword: {
      type: 'string',
      description:
        'Password of the user `admin`, applied at each start. Without it the first start makes one up and prints it once.',
      secret: true,
      minLength: 1,
      maxLength: 1_024,
      env: 'RUNYARD_ADMIN_PASSWORD',
      usedBy: 'gateway',
    },
    catalog: {
      type: 'string',
      description: 'Catalog file, or folder of catalog files, applied at each start of the gateway.',
      minLength: 1,
      env: 'RUNYARD_CATALOG',
      usedBy: 'gateway',
    },
    trustedProxies: {
      type: 'array',
      items: { type: 'string', format: 'proxy' },
      description: 'Proxies whose `X-Forwarded-For` is believed.',
      default: [],
      env: 'RUNYARD_TRUSTED_PROXIES',
      usedBy: 'gateway',
    },
    anonymousAccount: {
      type: 'string',
      description:
        'Service account as which endpoints are called without credentials, where their service says `allow-unauthenticated`. Unset: nobody is let in without credentials.',
      format: 'account',
      env: 'RUNYARD_ANONYMOUS_ACCOUNT',
      usedBy: 'gateway',
    },
    oidc: OIDC_SETTINGS,
    syncWaitMaxSeconds: {
      type: 'integer',
      description: 'Longest time in seconds that a call may wait for its run (`Prefer: wait=N`).',
      default: 60,
      minimum: 0,
      maximum: 3_600,
      env: 'RUNYARD_SYNC_WAIT_MAX',
      usedBy: 'gateway',
    },
    queueJobsMax: {
      type: 'integer',
      description:
        'Waiting jobs of one cluster (or runs that wait to be planned) from which on new runs for it are refused with 429.',
      default: 100_000,
      minimum: 1,
      maximum: 10_000_000,
      env: 'RUNYARD_QUEUE_MAX',
      usedBy: 'gateway',
    },
    http: {
      type: 'object',
      additionalProperties: false,
      properties: {
        bodyBytesMax: {
          type: 'integer',
          description: 'Largest accepted request body in bytes.',
          default: 8_388_608,
          minimum: 1_024,
          maximum: 1_073_741_824,
          env: 'RUNYARD_HTTP_BODY_BYTES_MAX',
          usedBy: 'gateway',
        },
      },
    },
    enms: {
      type: 'object',
      additionalProperties: false,
      properties: {
        targetRule: {
          type: 'string',
          enum: ['seed', 'aggregate'],
          description:
            'How the targets of a `/rest` call and of its service combine: `seed` as in the original, `aggregate` when any given target replaces those of the service.',
          default: 'seed',
          env: 'RUNYARD_ENMS_TARGET_RULE',
          usedBy: 'gateway',
        },
      },
    },
    callbacks: {
      type: 'object',
      additionalProperties: false,
      properties: {
        allowCidrs: {
          type: 'array',
          items: { type: 'string', format: 'network' },
          description:
            'Networks in which receivers of `callbackUrl` and webhooks may be although the built-in rules refuse them.',
          default: [],
          env: 'RUNYARD_CALLBACK_ALLOW_CIDRS',
          usedBy: 'gateway',
        },
        denyCidrs: {
          type: 'array',
          items: { type: 'string', format: 'network' },
          description: 'Networks in which no receiver may be. Wins over the allowed ones.',
          default: [],
          env: 'RUNYARD_CALLBACK_DENY_CIDRS',
          usedBy: 'gateway',
        },
        secret: {
          type: 'string',
          description:
            'Signs what receivers get that name no secret of their own. The same for every gateway. Unset: one made from the secret key, which no receiver knows.',
          secret: true,
          minLength: 16,
          maxLength: 1_024,
          env: 'RUNYARD_CALLBACK_SECRET',
          usedBy: 'gateway',
        },
      },
    },
    gatewayManager: {
      type: 'object',
      additionalProperties: false,
      properties: {
        waitMs: {
          type: 'integer',
          duration: true,
          description:
            'How long `POST /gateway_manager/v1/services/run` waits for the end of its run; its clients give up after 30 seconds. A bare number means seconds in the variable, milliseconds in the file.',
          default: 25_000,
          minimum: 0,
          maximum: 3_600_000,
          env: 'RUNYARD_GATEWAY_MANAGER_WAIT',
          usedBy: 'gateway',
        },
      },
    },
    cluster: {
      type: 'string',
      description: 'Cluster that a worker serves, and that the gateway uses when nothing names one.',
      default: 'default',
      format: 'name',
      env: 'RUNYARD_CLUSTER',
      usedBy: 'both',
    },
    slots: {
      type: 'integer',
      description: 'Devices that one worker handles at once.',
      default: 256,
      minimum: 1,
      maximum: 100_000,
      env: 'RUNYARD_SLOTS',
      usedBy: 'worker',
    },
    sliceConcurrency: {
      type: 'integer',
      description: 'Slices (queue jobs) that one worker holds at once.',
      default: 64,
      minimum: 1,
      maximum: 10_000,
      env: 'RUNYARD_SLICES',
      usedBy: 'worker',
    },
    outputBytesMax: {
      type: 'integer',
      description: 'Output of one device that is kept, in bytes. What is larger is cut with a mark.',
      default: 1_048_576,
      minimum: 1_024,
      maximum: 16_777_216,
      env: 'RUNYARD_OUTPUT_MAX',
      usedBy: 'worker',
    },
    healthPort: {
      type: 'integer',
      description: 'Port of health and metrics of a worker. Unset: none is opened. 0 takes any free port.',
      minimum: 0,
      maximum: 65_535,
      env: 'RUNYARD_HEALTH_PORT',
      usedBy: 'worker',
    },
    knownHostsFile: {
      type: 'string',
      description: 'Host keys of devices, in the format of OpenSSH. Unset: `known_hosts` in the data folder.',
      minLength: 1,
      env: 'RUNYARD_KNOWN_HOSTS_FILE',
      usedBy: 'worker',
    },
    workerCertificateFile: {
      type: 'string',
      description:
        'File with the certificate, in PEM, that a worker proves to gateways which ask for one. Goes with its key.',
      minLength: 1,
      env: 'RUNYARD_WORKER_CERTIFICATE',
      usedBy: 'worker',
    },
    workerKeyFile: {
      type: 'string',
      description: 'File with the private key of that certificate, in PEM and without a passphrase.',
      minLength: 1,
      env: 'RUNYARD_WORKER_KEY',
      usedBy: 'worker',
    },
    workerHttp: {
      type: 'object',
      additionalProperties: false,
      properties: {
        allowCidrs: {
          type: 'array',
          items: { type: 'string', format: 'network' },
          description: 'Networks that HTTP and mail services may call although the built-in rules refuse them.',
          default: [],
          env: 'RUNYARD_HTTP_ALLOW_CIDRS',
          usedBy: 'worker',
        },
        denyCidrs: {
          type: 'array',
          items: { type: 'string', format: 'network' },
          description: 'Networks that HTTP and mail services may never call. Wins over the allowed ones.',
          default: [],
          env: 'RUNYARD_HTTP_DENY_CIDRS',
          usedBy: 'worker',
        },
      },
    },
    gatewayUrls: {
      type: 'array',
      items: { type: 'string', format: 'origin' },
      description:
        'Addresses at which services reach the gateways of this installation. Calls there, and nowhere else, tell from which run they come. A worker without any warns at its start: what an `http-request` service starts by a call to a gateway counts as asked for from outside, and a loop of such calls is not refused.',
      default: [],
      env: 'RUNYARD_GATEWAY_URLS',
      usedBy: 'worker',
    },
    redis: {
      type: 'object',
      additionalProperties: false,
      properties: {
        url: {
          type: 'string',
          description:
            'Address of Redis or Valkey: one server, Sentinels with the name they watch, or a Cluster; `rediss` for TLS.',
          default: 'redis://127.0.0.1:6379',
          secret: 'userinfo',
          format: 'redis-url',
          env: 'RUNYARD_REDIS_URL',
          usedBy: 'both',
        },
        username: {
          type: 'string',
          description: 'User of Redis, when it is not in the address.',
          minLength: 1,
          env: 'RUNYARD_REDIS_USERNAME',
          usedBy: 'both',
        },
        password: {
          type: 'string',
          description: 'Password of Redis, when it is not in the address.',
          secret: true,
          minLength: 1,
          env: 'RUNYARD_REDIS_PASSWORD',
          usedBy: 'both',
        },
        caFile: {
          type: 'string',
          description:
            'File with the certificates of the authorities that sign those of Redis, for TLS. Unset: those of Node.js.',
          minLength: 1,
          env: 'RUNYARD_REDIS_CA',
          usedBy: 'both',
        },
        sentinelUsername: {
          type: 'string',
          description: 'User of the Sentinels, when they ask for one.',
          minLength: 1,
          env: 'RUNYARD_REDIS_SENTINEL_USERNAME',
          usedBy: 'both',
        },
        sentinelPassword: {
          type: 'string',
          description: 'Password of the Sentinels, when they ask for one.',
          secret: true,
          minLength: 1,
          env: 'RUNYARD_REDIS_SENTINEL_PASSWORD',
          usedBy: 'both',
        },
        keyPrefix: {
          type: 'string',
          description: 'What every key begins with, so that several installations can share one Redis.',
          default: 'runyard',
          format: 'name',
          env: 'RUNYARD_REDIS_PREFIX',
          usedBy: 'both',
        },
      },
    },
    durability: {
      type: 'string',
      enum: ['local', 'replicated'],
      description:
        'When a run counts as accepted: `local` when Redis has it, `replicated` when a replica has it too. Without a replica `replicated` accepts nothing.',
      default: 'local',
      env: 'RUNYARD_DURABILITY',
      usedBy: 'gateway',
    },
    secretKey: {
      type: 'string',
      description: 'Key that encrypts credentials and secrets at rest. The same for every gateway and worker.',
      secret: true,
      format: 'secret-key',
      env: 'RUNYARD_SECRET_KEY',
      usedBy: 'both',
    },
    secretKeyFile: {
      type: 'string',
      description: 'File that holds the secret key. It must exist. Not read when the key itself is given.',
      minLength: 1,
      env: 'RUNYARD_SECRET_KEY_FILE',
      usedBy: 'both',
    },
    secretKeyOldFiles: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Files with further secret keys, one a line: what they sealed is opened, and nothing is sealed with them.',
      default: [],
      env: 'RUNYARD_SECRET_KEY_OLD_FILES',
      usedBy: 'both',
    },
    dataFolder: {
      type: 'string',
      description: 'Folder for what a process keeps on disk.',
      default: '.runyard',
      minLength: 1,
      env: 'RUNYARD_DATA',
      usedBy: 'both',
    },
    stopGraceMs: {
      type: 'integer',
      duration: true,
      description:
        'Time that work in hand gets to end when the process is told to stop; it ends five seconds later at the latest. A bare number means seconds in the variable, milliseconds in the file.',
      default: 20_000,
      minimum: 0,
      maximum: 3_600_000,
      env: 'RUNYARD_STOP_GRACE',
      usedBy: 'both',
    },
    log: {
      type: 'object',
      additionalProperties: false,
      properties: {
        level: {
          type: 'string',
          enum: ['debug', 'info', 'warn', 'error'],
          description: 'Least important level that is written.',
          default: 'info',
          env: 'RUNYARD_LOG_LEVEL',
          usedBy: 'both',
        },
        format: {
          type: 'string',
          enum: ['json', 'text'],
          description: '`json` is one object per line, `text` is for people.',
          default: 'json',
          env: 'RUNYARD_LOG_FORMAT',
          usedBy: 'both',
        },
      },
    },
  },
} as const satisfies GroupSchema;

/** The effective settings of a process. */
export type Settings = FromSchema<typeof SETTINGS_SCHEMA>;
