import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@runyard/domain';
import { sendNothing } from './send.ts';

/** The entity tag of something that has a version or a revision. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * Sets the entity tag; true when the caller has this very version already and 304 was answered.
 */
export function isNotModified(request: IncomingMessage, response: ServerResponse, version: number): boolean {
  const tag = entityTag(version);
  response.setHeader('ETag', tag);
  const known = request.headers['if-none-match'];
  if (known === undefined || !listed(known, tag)) return false;
  sendNothing(response, 304);
  return true;
}

/**
 * Checks `If-Match` and `If-None-Match: *` of a write against the present version, null when there is no such item.
 * Throws PRECONDITION_FAILED.
 */
export function checkPreconditions(request: IncomingMessage, version: number | null): void {
  const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
  if (match !== undefined && (version === null || !listed(match, entityTag(version)))) {
    const present = version === null ? 'It does not exist any more.' : `It is at version ${version} now.`;
    throw new AppError('PRECONDITION_FAILED', present);
  }
  if (noneMatch !== undefined && version !== null && listed(noneMatch, entityTag(version))) {
    throw new AppError('PRECONDITION_FAILED', `It exists already, at version ${version}.`);
  }
}

function listed(header: string, tag: string): boolean {
  return header.split(',').some((part) => {
    const wanted = part.trim();
    return wanted === '*' || wanted === tag || wanted === `W/${tag}`;
  });
}
