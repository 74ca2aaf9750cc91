import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { clusterNameSchema } from '../names.ts';
import { groupNames } from './gateway-manager-parts.ts';

/** What the Gateway Manager API takes. Keys that it does not know are passed over, as its clients expect. */
const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const description = { type: 'string', maxLength: 5_000, description: 'What it is for.' } as const;
const ids = (what: string) =>
  ({
    type: 'array',
    maxItems: 1_000,
    items: { type: 'string', maxLength: 100 },
    description: what,
  }) as const;
const gatewayFields = {
  gateway_name: { ...name, description: 'Its name.' },
  name: { ...name, description: 'The same as `gateway_name`.' },
  cluster_id: { ...clusterNameSchema, description: 'The cluster whose record it is.' },
  description,
  enabled: { type: 'boolean', description: 'False: the cluster runs nothing.' },
  readonly: { type: 'boolean', description: 'True: its services are shown and not run.' },
  certificates: ids('Ids of certificates of which a worker must prove one.'),
  groups: groupNames,
} as const;

export const gatewayManagerNewGatewaySchema = {
  type: 'object',
  description: 'A new gateway.',
  properties: gatewayFields,
  required: ['cluster_id'],
  anyOf: [{ required: ['gateway_name'] }, { required: ['name'] }],
  'x-expects': 'a gateway with `gateway_name` and `cluster_id`',
} as const satisfies SchemaObject;

export const gatewayManagerGatewayChangeSchema = {
  type: 'object',
  description: 'What changes of a gateway.',
  properties: gatewayFields,
  minProperties: 1,
} as const satisfies SchemaObject;

const serviceGroupFields = {
  name: { ...name, description: 'Its name.' },
  description,
  services: { ...ids('Ids of services of its cluster.'), maxItems: 10_000 },
  groups: groupNames,
} as const;

export const gatewayManagerNewServiceGroupSchema = {
  type: 'object',
  description: 'A new service group.',
  properties: { ...serviceGroupFields, cluster_id: { ...clusterNameSchema, description: 'Its cluster.' } },
  required: ['name', 'cluster_id'],
} as const satisfies SchemaObject;

export const gatewayManagerServiceGroupChangeSchema = {
  type: 'object',
  description: 'What changes of a service group.',
  properties: serviceGroupFields,
  minProperties: 1,
} as const satisfies SchemaObject;

const alias = { type: 'string', maxLength: 200, description: 'A name for people.' } as const;

export const gatewayManagerNewCertificateSchema = {
  type: 'object',
  description: 'A new certificate.',
  properties: {
    raw_certificate: { type: 'string', minLength: 1, maxLength: 65_536, description: 'One certificate in PEM.' },
    contract_id: { type: 'string', maxLength: 200, description: 'What the caller knows it by.' },
    alias,
  },
  required: ['raw_certificate'],
} as const satisfies SchemaObject;

export const gatewayManagerCertificateChangeSchema = {
  type: 'object',
  description: 'What changes of a certificate.',
  properties: { alias },
  required: ['alias'],
} as const satisfies SchemaObject;

export const gatewayManagerRunSchema = {
  type: 'object',
  description: 'The service to run.',
  properties: {
    serviceName: { ...name, description: 'Its name.' },
    clusterId: { ...clusterNameSchema, description: 'Where it runs; the cluster that the service names when absent.' },
    params: { type: ['object', 'null'], description: 'Its params.', additionalProperties: true },
    inventory: {
      type: ['array', 'string', 'null'],
      description: 'Pools to run on, or some of their devices. Nothing, null and an empty text are the same.',
      maxLength: 0,
      maxItems: 1_000,
      items: {
        type: 'object',
        properties: {
          inventory: { ...name, description: 'A pool.' },
          nodeNames: {
            type: ['array', 'null'],
            maxItems: 100_000,
            items: { type: 'string', maxLength: 255 },
            description: 'Devices of it; all when there is none.',
          },
        },
        required: ['inventory'],
      },
    },
  },
  required: ['serviceName'],
} as const satisfies SchemaObject;

export const gatewayManagerLoginSchema = {
  type: 'object',
  description: 'Who logs in.',
  properties: {
    username: { type: 'string', minLength: 1, maxLength: 1_024, description: 'The user.' },
    password: { type: 'string', minLength: 1, maxLength: 4_096, writeOnly: true, description: 'The password.' },
  },
  required: ['username', 'password'],
} as const satisfies SchemaObject;

export const gatewayManagerTokenRequestSchema = {
  type: 'object',
  description: 'A client that asks for a token.',
  properties: {
    grant_type: { const: 'client_credentials', description: 'The only grant there is.' },
    client_id: { type: 'string', minLength: 1, maxLength: 1_024, description: 'Id or name of an API key, or a user.' },
    client_secret: { type: 'string', minLength: 1, maxLength: 4_096, writeOnly: true, description: 'Key or password.' },
  },
  required: ['grant_type', 'client_id', 'client_secret'],
} as const satisfies SchemaObject;

export type GatewayManagerNewGateway = FromSchema<typeof gatewayManagerNewGatewaySchema>;
export type GatewayManagerGatewayChange = FromSchema<typeof gatewayManagerGatewayChangeSchema>;
export type GatewayManagerNewServiceGroup = FromSchema<typeof gatewayManagerNewServiceGroupSchema>;
export type GatewayManagerServiceGroupChange = FromSchema<typeof gatewayManagerServiceGroupChangeSchema>;
export type GatewayManagerNewCertificate = FromSchema<typeof gatewayManagerNewCertificateSchema>;
export type GatewayManagerRun = FromSchema<typeof gatewayManagerRunSchema>;
export type GatewayManagerLogin = FromSchema<typeof gatewayManagerLoginSchema>;
export type GatewayManagerTokenRequest = FromSchema<typeof gatewayManagerTokenRequestSchema>;
