import type { SchemaObject } from '../json-schema.ts';
import { anyObject, exactly, groupNames, message, recordId, success, uuid } from './gateway-manager-parts.ts';

/** What the Gateway Manager API answers. Its shapes are irregular, and copied as they are. */
const text = (description: string) => ({ type: 'string', description }) as const;
const flag = (description: string) => ({ type: 'boolean', description }) as const;
const always = <const Value>(value: Value) => ({ const: value, description: `Always ${String(value)}.` }) as const;
const list = (description: string, items: SchemaObject) => ({ type: 'array', items, description }) as const;
const any = (description: string) => ({ ...anyObject, description }) as const;
const orNull = (type: 'string' | 'integer' | 'number', description: string) =>
  ({ type: [type, 'null'], description }) as const;

const gateway = exactly('The record of one cluster.', {
  _id: recordId,
  gateway_name: text('Its name.'),
  name: text('Its name once more.'),
  cluster_id: text('The cluster.'),
  description: text('What it is for.'),
  enabled: flag('False: the cluster runs nothing.'),
  readonly: flag('True: its services are shown and not run.'),
  groups: groupNames,
  certificates: list('Certificates of which a worker must prove one.', recordId),
  connection_status: { enum: ['connected', 'disconnected'], description: 'Connected while a worker counts.' },
});

const certificate = exactly('A certificate.', {
  _id: recordId,
  certificate: text('The certificate in PEM.'),
  contract_id: text('What its owner knows it by.'),
  alias: text('A name for people.'),
  host: text('Whose it is.'),
  issuer: text('Who signed it.'),
  self_signed: flag('It signed itself.'),
  type: { enum: ['Host', 'Intermediate', 'Root'], description: 'Whether it may sign others.' },
  validity: exactly('When it is good.', { notBefore: text('From then.'), notAfter: text('Until then.') }),
  gateways: list('Gateways that use it.', recordId),
});

const serviceGroup = exactly('Services that are seen together.', {
  _id: recordId,
  name: text('Its name.'),
  cluster_id: text('Its cluster.'),
  description: text('What it is for.'),
  is_default: flag('It holds every service of the cluster.'),
  services: list('Its services.', exactly('A service.', { id: uuid, name: text('Its name.') })),
  groups: groupNames,
});

const service = exactly('A service on a cluster.', {
  _id: uuid,
  active: always(true),
  service_metadata: exactly('What it is.', {
    id: uuid,
    name: text('Its name.'),
    type: text('Its type.'),
    description: text('What it does.'),
    location: text('The cluster.'),
    decorator: { type: ['object', 'null'], additionalProperties: true, description: 'JSON Schema of its params.' },
    created: text('When it was last written.'),
    repository: any('Where its files come from.'),
    tags: list('Its tags.', text('One.')),
    working_dir: text('The folder in which it works.'),
    entity: any('The keys of its type.'),
  }),
  last_run: { type: 'integer', description: 'Always 0.' },
  schedule: any('Always empty.'),
});

const listOf = (name: string, key: 'results' | 'result') =>
  exactly('A list.', { state: success, [key]: list('All of them.', { $ref: name }) });
const oneOf = (name: string, key: 'results' | 'result') => exactly('One.', { state: success, [key]: { $ref: name } });
const added = exactly('It was added.', { state: success, message, id: recordId });

const runResult = {
  type: 'object',
  description: 'What it gave.',
  properties: {
    _id: recordId,
    job_id: { ...recordId, description: 'The id of the run.' },
    data: { ...uuid, description: 'The service.' },
    return_code: orNull('integer', 'The exit code.'),
    stdout: text('What it printed.'),
    stderr: text('What it printed as errors.'),
    start_time: orNull('string', 'When it began.'),
    end_time: orNull('string', 'When it ended.'),
    elapsed_time: orNull('number', 'Seconds.'),
    state_file: { description: 'What OpenTofu keeps, with its outputs.' },
  },
  required: ['_id', 'job_id', 'data', 'return_code', 'stdout', 'stderr', 'start_time', 'end_time', 'elapsed_time'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const runHead = { id: uuid, jsonrpc: always('2.0'), message } as const;
const ran = (status: 'completed' | 'running', description: string) =>
  exactly(description, { ...runHead, status: always(status), state: success, result: runResult });

const runAnswer = {
  description: 'How the run ended, that it goes on, or why it did not run.',
  oneOf: [
    ran('completed', 'It ended, with whatever exit code.'),
    ran('running', 'It goes on.'),
    {
      type: 'object',
      description: 'Something kept it from running.',
      properties: {
        ...runHead,
        status: always('error'),
        state: always('Error'),
        error: exactly('Why.', {
          code: { type: 'integer', description: 'A code of JSON-RPC.' },
          message: text('In short.'),
          data: text('In words.'),
        }),
        result: runResult,
      },
      required: ['id', 'jsonrpc', 'message', 'status', 'state', 'error'],
      additionalProperties: false,
    },
  ],
} as const satisfies SchemaObject;

const job = exactly('A run.', {
  message,
  data: exactly('The run.', {
    _id: recordId,
    name: text('The service.'),
    status: { enum: ['running', 'complete', 'error', 'canceled'], description: 'How far it is.' },
    variables: any('What it gave.'),
    error: { type: ['array', 'null'], items: anyObject, description: 'Why it did not run to its end.' },
    metrics: exactly('Times, in milliseconds since 1970.', {
      start_time: orNull('integer', 'When it began.'),
      end_time: orNull('integer', 'When it ended.'),
      user: text('Who ran it.'),
    }),
    last_updated: text('When it changed last.'),
  }),
  metadata: any('Always empty.'),
});

/** The answers by the names of the schemas. */
export const gatewayManagerAnswers = {
  GatewayManagerGateway: gateway,
  GatewayManagerCertificate: certificate,
  GatewayManagerServiceGroup: serviceGroup,
  GatewayManagerService: service,
  GatewayManagerCertificateAdded: exactly('It was added.', {
    state: success,
    results: exactly('As a database says it.', {
      acknowledged: always(true),
      insertedCount: always(0),
      matchedCount: always(0),
      modifiedCount: always(0),
      deletedCount: always(0),
      upsertedCount: always(1),
      insertedIds: exactly('None.', {}),
      upsertedIds: exactly('Its id.', { 0: recordId }),
    }),
  }),
  GatewayManagerCertificates: listOf('GatewayManagerCertificate', 'results'),
  GatewayManagerOneCertificate: oneOf('GatewayManagerCertificate', 'results'),
  GatewayManagerGatewayAdded: added,
  GatewayManagerGateways: listOf('GatewayManagerGateway', 'results'),
  GatewayManagerOneGateway: oneOf('GatewayManagerGateway', 'result'),
  GatewayManagerGatewayChanged: exactly('It was changed.', {
    state: success,
    result: exactly('It.', { value: { $ref: 'GatewayManagerGateway' } }),
  }),
  GatewayManagerConnections: {
    type: 'object',
    description: 'Whether a worker counts, by cluster.',
    additionalProperties: flag('True: one counts.'),
  },
  GatewayManagerConnection: exactly('A worker answered.', {
    id: uuid,
    jsonrpc: always('2.0'),
    result: exactly('What it said.', { reply: always('Health test from GatewayManager') }),
    receiveTime: { type: 'integer', description: 'Milliseconds since 1970.' },
    status: always('success'),
  }),
  GatewayManagerServiceGroupAdded: added,
  GatewayManagerServiceGroups: listOf('GatewayManagerServiceGroup', 'results'),
  GatewayManagerOneServiceGroup: oneOf('GatewayManagerServiceGroup', 'result'),
  GatewayManagerServiceGroupChanged: exactly('It was done.', {
    state: success,
    message,
    result: { $ref: 'GatewayManagerServiceGroup' },
  }),
  GatewayManagerServices: listOf('GatewayManagerService', 'result'),
  GatewayManagerOneService: oneOf('GatewayManagerService', 'result'),
  GatewayManagerRunAnswer: runAnswer,
  GatewayManagerJob: job,
  GatewayManagerHealth: exactly('It works.', { status: success, result: always('ok') }),
  GatewayManagerVersion: exactly('The version.', { state: success, result: text('The version.') }),
  GatewayManagerToken: exactly('A token.', {
    access_token: text('The token.'),
    token_type: always('Bearer'),
    expires_in: { type: 'integer', description: 'Seconds.' },
  }),
  GatewayManagerError: exactly('Why it was not done.', { domain: always('gateway_manager'), message: text('Why.') }),
} as const satisfies Record<string, SchemaObject>;
