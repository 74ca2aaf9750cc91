import type { Secrets } from './secrets.ts';

/** How a person logs in as `admin`, in words, and as curl takes it in a shell. */
export interface LoginText {
  readonly words: string;
  readonly curl: string;
}

/** The password itself only at the start that made it up, else where it lies; `file` is its path as one types it. */
export function loginText({ adminPassword, isNewPassword, passwordFile }: Secrets, file: string): LoginText {
  if (passwordFile === null) {
    return { words: 'user admin, the password that you have set', curl: 'admin:"$RUNYARD_ADMIN_PASSWORD"' };
  }
  if (isNewPassword) {
    const words = `user admin, password ${adminPassword} (shown this once, kept in ${file})`;
    return { words, curl: `admin:${adminPassword}` };
  }
  return { words: `user admin, password in ${file}`, curl: `"admin:$(cat ${inShell(file)})"` };
}

function inShell(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
