import { CATALOG_KINDS, type CatalogKind } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import type { CatalogContent } from '../catalog/catalog-document.ts';
import { serviceProperties } from '../catalog/service.ts';
import type { SchemaObject } from '../json-schema.ts';
import { BUNDLE_BYTES_MAX } from '../source-bundle.ts';
import { timeSchema } from './parts.ts';

const bundleSchema = {
  type: 'object',
  description: 'Files of a service.',
  properties: {
    hash: { ...serviceProperties.bundle, description: 'Content address.' },
    content: {
      type: 'string',
      contentEncoding: 'base64',
      // What is packed may be larger than what is in it; base64 takes 4 characters for 3 bytes.
      maxLength: BUNDLE_BYTES_MAX * 2,
      description: 'The packed files in base64.',
    },
  },
  required: ['hash', 'content'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const catalogApplySchema = {
  type: 'object',
  description: 'Writes items into the catalog, all or none. Items that are not named stay as they are.',
  properties: {
    catalog: { $ref: 'Catalog' },
    bundles: { type: 'array', maxItems: 1_000, items: bundleSchema, description: 'Files that services refer to.' },
    dryRun: { type: 'boolean', default: false, description: 'Only says what would change.' },
  },
  required: ['catalog'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export interface CatalogApplyRequest {
  catalog: CatalogContent;
  bundles?: { hash: string; content: string }[];
  dryRun?: boolean;
}

const itemName = {
  type: 'object',
  description: 'An item of the catalog.',
  properties: {
    kind: { enum: CATALOG_KINDS, description: 'Its kind.' },
    name: { type: 'string', description: 'Its name.' },
  },
  required: ['kind', 'name'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const catalogAppliedSchema = {
  type: 'object',
  description: 'What applying changed.',
  properties: {
    added: { type: 'array', items: itemName, description: 'Items that are new.' },
    changed: { type: 'array', items: itemName, description: 'Items that are different now.' },
    unchanged: { type: 'integer', minimum: 0, description: 'Number of items that were as they should be.' },
    revision: { type: 'integer', minimum: 0, description: 'Revision of the catalog afterwards.' },
    dryRun: { type: 'boolean', description: 'True when nothing was written.' },
  },
  required: ['added', 'changed', 'unchanged', 'revision', 'dryRun'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type CatalogAppliedAnswer = FromSchema<typeof catalogAppliedSchema>;

/** An item of the catalog with its version. */
export function versionedSchema(schema: string): SchemaObject {
  return {
    type: 'object',
    description: 'An item with its version.',
    properties: {
      item: { $ref: schema },
      version: { type: 'integer', minimum: 1, description: 'One more with each change; the ETag.' },
      updatedAt: { ...timeSchema, description: 'When it was changed last.' },
    },
    required: ['item', 'version', 'updatedAt'],
    additionalProperties: false,
  };
}

export interface VersionedAnswer<Document> {
  item: Document;
  version: number;
  updatedAt: string;
}

/** What uses an item that cannot be deleted therefore; in the problem document as `usedBy`. */
export interface ItemUser {
  readonly kind: CatalogKind;
  readonly name: string;
}
