import { type AppError, deviceError } from '@runyard/domain';

/** How git reaches a repository. `http` is not among them: what runs on workers must not be changed on the way. */
export type GitTransport = 'https' | 'ssh' | 'file';

const SCP_LIKE = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?![/\\]{2})[^\s-][^\s]*$/;
// oxlint-disable-next-line no-control-regex -- those are what it is about
const CONTROL = /[\u0000-\u001f\u007f\s]/;
const URL_CHARS_MAX = 2_000;

/** Says how an address is reached; throws SOURCE_UNAVAILABLE for what git must not get. */
export function transportOf(url: string): GitTransport {
  if (url.length > URL_CHARS_MAX || CONTROL.test(url) || url.startsWith('-')) throw refused('it is no address');
  if (SCP_LIKE.test(url)) return 'ssh';
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw refused('it is no address', cause);
  }
  const { protocol, username, password, hostname } = parsed;
  if (password !== '') throw refused('a password does not belong into the address; name a secret with passwordName');
  if (protocol === 'file:') {
    if (hostname !== '') throw refused('a file address has no host: file:///path');
    return 'file';
  }
  if (protocol !== 'https:' && protocol !== 'ssh:') throw refused('only https, ssh and file are allowed');
  if (hostname === '' || hostname.startsWith('-') || username.startsWith('-')) {
    throw refused('it needs a host');
  }
  return protocol === 'https:' ? 'https' : 'ssh';
}

function refused(why: string, cause?: unknown): AppError {
  return deviceError('SOURCE_UNAVAILABLE', `The address of the repository is not allowed: ${why}`, cause);
}

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
const SHORT_COMMIT = /^[0-9a-f]{7,39}$/;

export function isCommit(reference: string): boolean {
  return COMMIT.test(reference);
}

/**
 * The names under which a reference is looked for, in this order. Each is a full name, so that nothing in it can be
 * taken for an option or an expression of git. Throws SOURCE_UNAVAILABLE for what can be no reference.
 */
export function referenceNames(reference: string | undefined): readonly string[] {
  if (reference === undefined || reference === '' || reference === 'HEAD') return ['HEAD'];
  if (isCommit(reference)) return [reference];
  // oxlint-disable-next-line no-control-regex -- git refuses them in references
  if (/^[-/]|\.\.|@\{|\/\/|[\s\u0000-\u001f\u007f~^:?*[\\]|\.lock(\/|$)|\/$/.test(reference)) {
    throw deviceError('SOURCE_UNAVAILABLE', `'${reference}' is no branch, tag or commit`);
  }
  const names = reference.startsWith('refs/') ? [reference] : [`refs/heads/${reference}`, `refs/tags/${reference}`];
  return SHORT_COMMIT.test(reference) ? [...names, reference] : names;
}
