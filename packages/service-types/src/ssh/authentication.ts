import { type AppError, deviceError } from '@runyard/domain';
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, ParsedKey } from 'ssh2';
import { addressOf, type SshTarget } from './target.ts';

/** The order of the log-in methods of one connection, and what to say when none was good. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware;
  refused(): AppError;
}

/**
 * Key, then password, then keyboard-interactive with the password. Begins with the first one instead of asking what is
 * allowed, which saves a round trip. A password is not sent twice by two methods: that would count as two wrong ones.
 */
export function createAuthentication(target: SshTarget, key: ParsedKey | undefined): Authentication {
  const { username, credential } = target;
  const { password } = credential;
  const methods: AnyAuthMethod[] = [];
  if (key) methods.push({ type: 'publickey', username, key });
  if (password !== undefined) {
    methods.push({ type: 'password', username, password });
    methods.push({
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        // Only what is not echoed is asked for a secret.
        finish(prompts.map((prompt) => (prompt.echo === true ? username : password)));
      },
    });
  }
  if (methods.length === 0) methods.push({ type: 'none', username });
  const tried: string[] = [];
  let accepted: readonly string[] = [];

  const isOpen = (method: AnyAuthMethod, left: AuthenticationType[] | null, partial: boolean): boolean => {
    if (left === null) return true;
    if (!left.includes(method.type)) return false;
    return (
      method.type !== 'keyboard-interactive' || !tried.includes('password') || partial || !left.includes('password')
    );
  };
  const handler: AuthHandlerMiddleware = (left, partial, next) => {
    // Null before the first answer of the device, whatever the types of the library say.
    const allowed: AuthenticationType[] | null = left;
    accepted = allowed ?? [];
    let method = methods.shift();
    while (method && !isOpen(method, allowed, partial)) method = methods.shift();
    if (method) tried.push(method.type);
    next(method ?? (false as unknown as AuthenticationType));
  };
  const refused = (): AppError => {
    const offer = accepted.length > 0 ? `; the device accepts ${accepted.join(', ')}` : '';
    const attempts = tried.length > 0 ? tried.join(', ') : 'nothing';
    const text = `${addressOf(target)} refused user '${username}' (credential '${credential.name}'), tried ${attempts}${offer}`;
    return deviceError('AUTHENTICATION_FAILED', text);
  };
  return { handler, refused };
}
