import type { SchemaName } from '@runyard/contracts';
import type { Route } from '../route.ts';

/** What every route of Gateway Manager has. Its clients send queries that nobody knows, and list them twice. */
export const gatewayManagerRoute = { tag: 'Gateway Manager', errors: 'gateway-manager', anyQuery: 'loose' } as const;

export const clusterQuery = {
  cluster_id: { schema: { type: 'string', description: 'A cluster.' }, description: 'Only those of this cluster.' },
} as const;

export const JOB_ID = '0648a3f0c1d2e4b5a6978877';
export const TOKEN = 'rt_0123456789abcdef_…';
const CERTIFICATE_ID = '9c2e51d7f6a0b3848f0c3a5e';
const SERVICE_ID = 'debe9024-52ee-5b39-8c49-96567ff925e4';

export const gatewayExample = {
  gateway_name: 'Amsterdam',
  cluster_id: 'cluster_1',
  description: 'Workers in Amsterdam',
  enabled: true,
  readonly: false,
  certificates: [CERTIFICATE_ID],
  groups: ['noc'],
};

export const serviceGroupExample = {
  name: 'backup',
  cluster_id: 'cluster_1',
  description: 'Saving configurations',
  services: [SERVICE_ID],
  groups: ['noc'],
};

export const certificateExample = {
  raw_certificate: '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n',
  contract_id: 'C-1',
  alias: 'worker 1',
};

export const runRequestExample = {
  serviceName: 'my-tofu-service',
  clusterId: 'cluster_1',
  params: { action: 'apply' },
  inventory: [{ inventory: 'core', nodeNames: ['r1'] }],
};

const output = {
  return_code: 0,
  stdout: 'Apply complete!',
  stderr: '',
  start_time: '2026-03-03T19:26:37.123000Z',
  end_time: '2026-03-03T19:26:37.782000Z',
  elapsed_time: 0.659,
};

export const runExample = {
  id: '2b1f6f0e-7a0b-5f3c-9d57-0a8a5a0f6c11',
  jsonrpc: '2.0',
  message: 'Running my-tofu-service on cluster_1',
  status: 'completed',
  state: 'Success',
  result: { _id: JOB_ID, job_id: JOB_ID, data: SERVICE_ID, ...output },
};

export const jobExample = {
  message: 'Successfully retrieved job',
  data: {
    _id: JOB_ID,
    name: 'my-tofu-service',
    status: 'complete',
    variables: output,
    error: null,
    metrics: { start_time: 1_772_565_997_123, end_time: 1_772_565_997_782, user: 'admin' },
    last_updated: '2026-03-03T19:26:37.782Z',
  },
  metadata: {},
};

const GATEWAY_ID = '3a5e8f0c9c2e51d7f6a0b384';
const GROUP_ID = '51d7f6a0b3849c2e8f0c3a5e';

const gateway = {
  _id: GATEWAY_ID,
  gateway_name: 'Amsterdam',
  name: 'Amsterdam',
  cluster_id: 'cluster_1',
  description: 'Workers in Amsterdam',
  enabled: true,
  readonly: false,
  groups: ['noc'],
  certificates: [CERTIFICATE_ID],
  connection_status: 'connected',
};

const serviceGroup = {
  _id: GROUP_ID,
  name: 'backup',
  cluster_id: 'cluster_1',
  description: 'Saving configurations',
  is_default: false,
  services: [{ id: SERVICE_ID, name: 'my-tofu-service' }],
  groups: ['noc'],
};

const certificate = {
  _id: CERTIFICATE_ID,
  certificate: certificateExample.raw_certificate,
  contract_id: 'C-1',
  alias: 'worker 1',
  host: 'worker-1.example.net',
  issuer: 'CN=Workers',
  self_signed: false,
  type: 'Host',
  validity: { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' },
  gateways: [GATEWAY_ID],
};

const service = {
  _id: SERVICE_ID,
  active: true,
  service_metadata: {
    id: SERVICE_ID,
    name: 'my-tofu-service',
    type: 'opentofu-plan',
    description: 'A network of its own',
    location: 'cluster_1',
    decorator: { type: 'object', properties: { name: { type: 'string' } } },
    created: '2026-03-03T19:20:00.000Z',
    repository: {
      name: 'infra',
      url: 'https://git.example.net/infra.git',
      description: '',
      reference: 'main',
      tags: [],
    },
    tags: ['network'],
    working_dir: 'network',
    entity: {},
  },
  last_run: 0,
  schedule: {},
};

const state = 'Success';
const upserted = { insertedCount: 0, matchedCount: 0, modifiedCount: 0, deletedCount: 0, upsertedCount: 1 };

/** What each operation answers. */
export const answerExamples = {
  gatewayAdded: { state, message: `Gateway added: ${GATEWAY_ID}`, id: GATEWAY_ID },
  gateways: { state, results: [gateway] },
  gateway: { state, result: gateway },
  gatewayChanged: { state, result: { value: { ...gateway, enabled: false } } },
  serviceGroupAdded: { state, message: `Service group added: ${GROUP_ID}`, id: GROUP_ID },
  serviceGroups: { state, results: [serviceGroup] },
  serviceGroup: { state, result: serviceGroup },
  serviceGroupChanged: { state, message: `Service group updated: ${GROUP_ID}`, result: serviceGroup },
  serviceGroupDeleted: { state, message: `Service group deleted: ${GROUP_ID}`, result: serviceGroup },
  certificateAdded: {
    state,
    results: { acknowledged: true, ...upserted, insertedIds: {}, upsertedIds: { 0: CERTIFICATE_ID } },
  },
  certificates: { state, results: [certificate] },
  oneCertificate: { state, results: certificate },
  certificate,
  services: { state, result: [service] },
  service: { state, result: service },
  connection: {
    id: '7c9e6679-7425-50de-944b-e07fc1f90ae7',
    jsonrpc: '2.0',
    result: { reply: 'Health test from GatewayManager' },
    receiveTime: 1_772_565_997_123,
    status: 'success',
  },
  health: { status: state, result: 'ok' },
  version: { state, result: '0.1.0' },
  token: { access_token: TOKEN, token_type: 'Bearer', expires_in: 3_600 },
};

/** The answer of an operation that was done. */
export function answers(description: string, schema: SchemaName, example: unknown): Route['responses'] {
  return { 200: { description, schema, example } };
}
