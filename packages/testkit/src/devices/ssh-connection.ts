import type { AuthContext, Connection, ParsedKey, Session } from 'ssh2';
import { serveExec } from './exec-session.ts';
import type { SessionHost } from './session-host.ts';
import { ShellSession } from './shell-session.ts';

/** Who may log in. */
export interface Login {
  readonly username: string;
  readonly password: string;
  readonly authorizedKey: ParsedKey | null;
}

const METHODS = ['publickey' as const, 'password' as const, 'keyboard-interactive' as const];
const TRIES_MAX = 6;

/** Serves one SSH connection: login, then sessions of exec or shell. */
export function serveConnection(
  client: Connection,
  login: Login,
  host: SessionHost,
  onLogin: (ok: boolean) => void,
): void {
  let triesLeft = TRIES_MAX;
  const refuse = (context: AuthContext): void => {
    context.reject(METHODS);
    if (context.method === 'none') return;
    onLogin(false);
    triesLeft -= 1;
    if (triesLeft === 0) client.end();
  };
  client.on('error', () => undefined);
  client.on('authentication', (context) => {
    const isRefused = host.fault?.kind === 'wrong-password' || context.username !== login.username;
    if (isRefused) refuse(context);
    else authenticate(context, login, () => refuse(context));
  });
  client.on('ready', () => onLogin(true));
  client.on('session', (accept) => {
    if (host.fault?.kind !== 'hang-after-login') serveSession(accept(), host);
  });
}

function authenticate(context: AuthContext, { password, authorizedKey }: Login, refuse: () => void): void {
  switch (context.method) {
    case 'password':
      if (context.password === password) context.accept();
      else refuse();
      return;
    case 'keyboard-interactive':
      context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
        if (answers[0] === password) context.accept();
        else refuse();
      });
      return;
    case 'publickey': {
      const isKnown = authorizedKey?.getPublicSSH().equals(context.key.data) ?? false;
      // Without a signature the client only asks whether this key would do.
      const isProven =
        context.signature === undefined ||
        (context.blob !== undefined &&
          authorizedKey?.verify(context.blob, context.signature, context.hashAlgo) === true);
      if (isKnown && isProven) context.accept();
      else refuse();
      return;
    }
    default:
      refuse();
  }
}

function serveSession(session: Session, host: SessionHost): void {
  let hasTerminal = false;
  session.on('pty', (accept) => {
    hasTerminal = true;
    // OpenSSH asks for no answer to some of these, and then there is nothing to call.
    accept?.();
  });
  session.on('env', (accept) => accept?.());
  session.on('window-change', (accept) => accept?.());
  session.on('shell', (accept) => {
    const channel = accept();
    new ShellSession(host, channel, hasTerminal);
  });
  session.on('exec', (accept, _reject, { command }) => {
    void serveExec(host, accept(), command, hasTerminal);
  });
}
