import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { deviceError, type Task } from '@runyard/domain';
import { type AddressPolicy, connectChecked, isLoopback, type ResolveName } from '@runyard/outbound';
import type { SMTPTransportOptions } from 'nodemailer';
import type { MailMessage } from './mail-message.ts';

/** A mail server, and how it is talked to. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'none' | 'starttls' | 'tls';
  readonly verifyTls: boolean;
  readonly login: { readonly username: string; readonly password: string } | null;
  readonly policy: AddressPolicy;
  readonly resolve?: ResolveName;
}

export interface SentMail {
  /** Addresses that the server took. */
  readonly accepted: string[];
  /** Addresses that it did not take, and what it said. */
  readonly rejected: readonly { readonly address: string; readonly response: string }[];
}

const CONNECT_MS_MAX = 10_000;
/** Of one answer of the server. */
const RESPONSE_BYTES_MAX = 64 * 1024;

/**
 * Hands one mail to a server over a connection of its own. Rejects with an AppError, with an error of the SMTP client,
 * or in any way when the signal of the task fires; nothing is open any more then.
 */
export async function sendMail(
  message: MailMessage,
  server: SmtpServer,
  { signal, timeoutMs }: Pick<Task, 'signal' | 'timeoutMs'>,
): Promise<SentMail> {
  // With the first mail only, and before the server waits for us.
  const { createTransport } = await import('nodemailer');
  const socket = await connected(server, signal, Math.min(timeoutMs, CONNECT_MS_MAX));
  try {
    // The transport keeps a password away from every other server, the system from every other listener.
    if (server.login && server.security === 'none' && !isLoopback(socket.remoteAddress ?? '')) {
      throw deviceError(
        'AUTHENTICATION_FAILED',
        'The password was not sent: it would go over a network unencrypted; set `security` to starttls or tls',
      );
    }
    const transport = createTransport(transportOptions(server, socket, timeoutMs));
    const { envelope, ...content } = contentOf(message);
    const info = await transport.sendMail({ ...content, envelope, signal });
    const rejected = (info.rejectedErrors ?? []).map((error) => ({
      address: String(error.recipient),
      response: String(error.response ?? ''),
    }));
    return { accepted: info.accepted, rejected };
  } finally {
    socket.destroy();
  }
}

async function connected({ host, port, policy, resolve }: SmtpServer, signal: AbortSignal, connectMs: number) {
  const late = AbortSignal.timeout(connectMs);
  try {
    return await connectChecked(policy, { host, port, signal: AbortSignal.any([signal, late]) }, resolve);
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    throw deviceError(
      'CONNECTION_TIMEOUT',
      `The mail server did not take the connection within ${connectMs} ms`,
      error,
    );
  }
}

function transportOptions(
  { host, port, security, verifyTls, login }: SmtpServer,
  connection: Socket,
  timeoutMs: number,
): SMTPTransportOptions {
  return {
    host,
    port,
    connection,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { rejectUnauthorized: verifyTls, minVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}) },
    ...(login ? { auth: { user: login.username, pass: login.password }, forceAuth: true } : {}),
    // The signal of the task is earlier; these only end what nobody waits for.
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: 0,
    maxResponseSize: RESPONSE_BYTES_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function contentOf({ from, to, cc, bcc, replyTo, subject, text, html, messageId }: MailMessage) {
  const addressOf = ({ address }: { readonly address: string }): string => address;
  return {
    from,
    to: [...to],
    cc: [...cc],
    ...(replyTo ? { replyTo } : {}),
    subject,
    ...(text === null ? {} : { text }),
    ...(html === null ? {} : { html }),
    messageId,
    envelope: { from: from.address, to: [...to, ...cc, ...bcc].map(addressOf) },
  };
}
