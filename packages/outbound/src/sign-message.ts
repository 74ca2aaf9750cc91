import { createHmac } from 'node:crypto';

/**
 * `t=<seconds since the epoch>,v1=<hex>`: HMAC-SHA256 with the secret over `<seconds>.<body>`, so that a receiver can
 * refuse an old message that somebody kept.
 */
export function signMessage(secret: string, atMs: number, body: string): string {
  const seconds = Math.floor(atMs / 1_000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
