import type { IncomingMessage } from 'node:http';

export interface Preferences {
  /** Seconds that the caller would like to wait for the end. */
  readonly waitSeconds: number | null;
  readonly respondAsync: boolean;
}

const NO_PREFERENCES: Preferences = { waitSeconds: null, respondAsync: false };

/** Reads `Prefer: wait=10` and `Prefer: respond-async` (RFC 7240); what is not understood is ignored, as it says. */
export function readPreferences(request: IncomingMessage): Preferences {
  const header = request.headers['prefer'];
  if (header === undefined) return NO_PREFERENCES;
  let waitSeconds: number | null = null;
  let respondAsync = false;
  for (const part of String(header).split(',')) {
    const preference = part.trim().toLowerCase();
    const wait = /^wait\s*=\s*"?(\d{1,9})"?$/.exec(preference);
    if (wait) waitSeconds ??= Number(wait[1]);
    if (preference === 'respond-async') respondAsync = true;
  }
  return { waitSeconds, respondAsync };
}
