import { createHash } from 'node:crypto';
import { MAIL_RECIPIENTS_MAX, type MailSettings } from '@runyard/contracts/mail';
import { type AppError, deviceError, type Task } from '@runyard/domain';
import { type MailAddress, parseAddress } from './mail-address.ts';

/** A mail with everything in it rendered and checked. */
export interface MailMessage {
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo: MailAddress | null;
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  /** The same for each attempt at the same mail, so that a receiver can tell that it has it already. */
  readonly messageId: string;
}

const SUBJECT_CHARS_MAX = 500;
/** Of each rendered body. */
const BODY_BYTES_MAX = 1_048_576;

/** Renders the mail of a task. Throws TEMPLATE_INVALID, with the key that is wrong. */
export function mailMessage(
  settings: MailSettings,
  task: Pick<Task, 'render' | 'runId' | 'service' | 'device'>,
): MailMessage {
  const { render } = task;
  // What renders to nothing is left out, so that a recipient can be an optional param.
  const addresses = (key: 'to' | 'cc' | 'bcc'): MailAddress[] =>
    (settings[key] ?? [])
      .map(render)
      .filter((text) => text.trim() !== '')
      .map((text) => parseAddress(text, key));
  const content = {
    from: parseAddress(render(settings.from), 'from'),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    replyTo: settings.replyTo === undefined ? null : parseAddress(render(settings.replyTo), 'reply-to'),
    subject: subjectOf(render(settings.subject)),
    text: bodyOf('text', settings.text, render),
    html: bodyOf('html', settings.html, render),
  };
  const recipients = content.to.length + content.cc.length + content.bcc.length;
  if (recipients === 0) throw invalid('The mail has no recipient: all of `to`, `cc` and `bcc` are empty');
  if (recipients > MAIL_RECIPIENTS_MAX) {
    throw invalid(`The mail has ${recipients} recipients, at most ${MAIL_RECIPIENTS_MAX} are possible`);
  }
  return { ...content, messageId: messageIdOf(content, task) };
}

function subjectOf(subject: string): string {
  if (/[\p{Cc}\u2028\u2029]/u.test(subject)) {
    throw invalid('`subject` holds a line break or another control character; it is one line');
  }
  if (subject.length <= SUBJECT_CHARS_MAX) return subject;
  throw invalid(`\`subject\` has ${subject.length} characters, at most ${SUBJECT_CHARS_MAX} are possible`);
}

function bodyOf(key: string, template: string | undefined, render: Task['render']): string | null {
  if (template === undefined) return null;
  const body = render(template);
  const bytes = Buffer.byteLength(body);
  if (bytes <= BODY_BYTES_MAX) return body;
  throw invalid(`\`${key}\` has ${bytes} bytes, at most ${BODY_BYTES_MAX} are possible`);
}

function messageIdOf(
  content: Omit<MailMessage, 'messageId'>,
  { runId, service, device }: Parameters<typeof mailMessage>[1],
) {
  const digest = createHash('sha256').update(JSON.stringify([service.name, device?.name, content]));
  return `<${runId}.${digest.digest('hex').slice(0, 32)}@${content.from.address.split('@')[1]}>`;
}

function invalid(message: string): AppError {
  return deviceError('TEMPLATE_INVALID', message);
}
