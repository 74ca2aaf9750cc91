import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '@runyard/testkit';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Name of who logged in; null for nobody. */
  readonly user: string | null;
  readonly isEncrypted: boolean;
  /** By name in lower case, unfolded. */
  readonly headers: ReadonlyMap<string, string>;
  /** Everything below the headers. */
  readonly body: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Everything that a client tried to log in with. */
  readonly logins: readonly { readonly username: string; readonly password: string }[];
  stop(): Promise<void>;
}

export interface MailServerOptions extends SMTPServerOptions {
  /** The only login; anybody may send when absent. */
  readonly login?: { readonly username: string; readonly password: string };
  /** The answer to a recipient; it is taken when null. */
  readonly refuse?: (address: string) => string | null;
}

/** A real SMTP server on this machine, with a certificate that nobody trusts. Its folder is for that. */
export async function startMailServer(folder: string, options: MailServerOptions = {}): Promise<MailServer> {
  const { login, refuse = () => null, ...more } = options;
  const { certFile, keyFile } = makeCertificates(folder);
  const mails: ReceivedMail[] = [];
  const logins: { username: string; password: string }[] = [];
  const server = new SMTPServer({
    key: readFileSync(keyFile),
    cert: readFileSync(certFile),
    disableReverseLookup: true,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    closeTimeout: 1,
    logger: false,
    onAuth(given, _session, callback) {
      const [username, password] = [given.username ?? '', given.password ?? ''];
      logins.push({ username, password });
      if (username === login?.username && password === login.password) callback(null, { user: username });
      // As some servers do, it repeats what it was told.
      else callback(new Error(`no such login: ${username} ${password}`));
    },
    onRcptTo({ address }, _session, callback) {
      const refusal = refuse(address);
      callback(refusal === null ? null : Object.assign(new Error(refusal), { responseCode: 550 }));
    },
    onData(stream, { envelope, user, secure }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, user: user || null, isEncrypted: secure, ...parts(Buffer.concat(chunks).toString()) });
        callback();
      });
    },
    ...more,
  });
  // Clients that give up in the middle are what is tested here.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    logins,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

function parts(raw: string): Pick<ReceivedMail, 'headers' | 'body'> {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: new Map(headers), body: raw.slice(end + 4) };
}

/** The text of a mail that has only one, as its reader sees it. */
export function textOf({ headers, body }: ReceivedMail): string {
  const encoding = headers.get('content-transfer-encoding');
  const content = body.replace(/\r\n$/, '');
  if (encoding === 'base64') return Buffer.from(content, 'base64').toString();
  if (encoding !== 'quoted-printable') return content;
  const bytes = content
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** A header as its reader sees it. */
export function headerOf({ headers }: ReceivedMail, name: string): string | undefined {
  const decode = (_: string, kind: string, text: string): string =>
    kind.toUpperCase() === 'B'
      ? Buffer.from(text, 'base64').toString()
      : Buffer.from(
          text
            .replaceAll('_', ' ')
            .replace(/=([0-9A-F]{2})/g, (__, hex: string) => String.fromCharCode(parseInt(hex, 16))),
          'latin1',
        ).toString();
  return headers
    .get(name)
    ?.replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, decode);
}
