import type { MailSettings } from '@runyard/contracts';
import {
  type Credential,
  deviceError,
  type JsonObject,
  type ServiceType,
  type Task,
  type TaskOutcome,
} from '@runyard/domain';
import { type AddressPolicy, type AddressRules, createAddressPolicy, type ResolveName } from '@runyard/outbound';
import { abortError } from '../process/abort-error.ts';
import { createMask } from '../process/mask.ts';
import { mailError, said } from './mail-errors.ts';
import { type MailMessage, mailMessage } from './mail-message.ts';
import { sendMail, type SmtpServer } from './send-mail.ts';

const PORTS = { none: 25, starttls: 587, tls: 465 } as const;

export interface MailOptions extends AddressRules {
  /** Resolves names; the system's way unless a test stands in. */
  readonly resolve?: ResolveName;
}

/**
 * The service type `mail`: the result is messageId, accepted and rejected; one recipient that the server took is
 * success, so that nobody gets the mail twice because another one was refused. A run with `check` sends nothing.
 */
export function createMail({ resolve, ...rules }: MailOptions = {}): ServiceType {
  const policy = createAddressPolicy({ setting: 'workerHttp.allowCidrs', ...rules });
  return {
    name: 'mail',
    // The password of a device is no business of a mail server.
    credentialOf: 'service',
    async run(task) {
      // The schema of the type was checked when the service was stored.
      const settings = task.service.settings as MailSettings;
      if (task.signal.aborted) throw abortError(task.signal);
      const message = mailMessage(settings, task);
      const server = smtpServer(settings, task.credential, { policy, ...(resolve ? { resolve } : {}) });
      const fields = { host: server.host, port: server.port, security: server.security };
      return task.check ? checked(message, task, fields) : send(message, server, task, fields);
    },
    async stop() {},
  };
}

function smtpServer(
  { host, port, security = 'starttls', tls }: MailSettings,
  credential: Credential | null,
  reach: { readonly policy: AddressPolicy; readonly resolve?: ResolveName },
): SmtpServer {
  const login = credential === null ? null : loginOf(credential);
  return { host, port: port ?? PORTS[security], security, verifyTls: tls?.verify ?? true, login, ...reach };
}

function loginOf({ name, username, password }: Credential): SmtpServer['login'] {
  if (username !== undefined && password !== undefined) return { username, password };
  throw deviceError(
    'CREDENTIAL_NOT_FOUND',
    `The credential '${name}' has no user name or no password for the mail server`,
  );
}

function checked({ messageId, to, cc, bcc }: MailMessage, task: Task, fields: JsonObject): TaskOutcome {
  const recipients = [...to, ...cc, ...bcc].map(({ address }) => address);
  task.log(`check: nothing is sent; the mail would go to ${recipients.length}: ${recipients.join(', ')}`);
  return { success: true, result: { messageId, accepted: [], rejected: [] }, fields: { ...fields, sent: false } };
}

async function send(message: MailMessage, server: SmtpServer, task: Task, fields: JsonObject): Promise<TaskOutcome> {
  const mask = createMask([server.login?.password]);
  try {
    const { accepted, rejected } = await sendMail(message, server, task);
    for (const { address, response } of rejected) task.log(`${address} was refused${said(response, mask)}`);
    const result = { messageId: message.messageId, accepted, rejected: rejected.map(({ address }) => address) };
    return { success: true, result, fields: { ...fields, sent: true } };
  } catch (error) {
    throw task.signal.aborted ? abortError(task.signal) : mailError(error, mask);
  }
}
