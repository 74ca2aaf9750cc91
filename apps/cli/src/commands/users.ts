import type { UserAnswer } from '@runyard/contracts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { readPassword } from '../input/read-password.ts';
import { printable } from '../output/printable.ts';
import { tableLines } from '../output/table.ts';
import { timeText } from '../output/time.ts';

export interface NewUserOptions extends GlobalOptions {
  readonly role?: readonly string[];
  readonly group?: readonly string[];
}

export interface UserUpdateOptions extends GlobalOptions {
  /** False: none. */
  readonly role?: readonly string[] | false;
  /** False: none. */
  readonly group?: readonly string[] | false;
}

/** Lists the users, by name. */
export async function listUsers(context: CommandContext, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const users: UserAnswer[] = [];
  for await (const user of client.users.list()) users.push(user);
  if (options.json) printJson(context, users);
  else {
    const rows = users.map((user) => [
      printable(user.name),
      user.roles.join(', '),
      printable(user.groups.join(', ')),
      user.disabled ? 'disabled' : 'enabled',
      user.external ? 'identity provider' : 'password',
      timeText(Date.parse(user.createdAt)),
    ]);
    const header = ['USER', 'ROLES', 'GROUPS', 'STATE', 'LOGS IN BY', 'MADE'];
    for (const line of tableLines(header, rows)) context.terminal.out(line);
  }
  return EXIT.done;
}

/** Makes a user. The password comes from the terminal or the standard input, never from an argument. */
export async function createUser(context: CommandContext, name: string, options: NewUserOptions): Promise<number> {
  const { role = [], group } = options;
  const { client } = connect(context, options);
  const password = await passwordFor(context, name);
  const user = await client.users.create({
    name,
    roles: [...role],
    password,
    ...(group ? { groups: [...group] } : {}),
  });
  if (options.json) printJson(context, user);
  else context.terminal.out(`The user ${printable(user.name)} may log in${rolesText(user)}.`);
  return EXIT.done;
}

/** Gives a user other roles, other groups, or both. */
export async function updateUser(context: CommandContext, name: string, options: UserUpdateOptions): Promise<number> {
  const { role, group } = options;
  if (role === undefined && group === undefined) {
    throw new CliError('Nothing would change.', EXIT.refused, ['Say --role, --no-role, --group or --no-group.']);
  }
  const user = await connect(context, options).client.users.change(name, {
    ...(role === undefined ? {} : { roles: role === false ? [] : [...role] }),
    ...(group === undefined ? {} : { groups: group === false ? [] : [...group] }),
  });
  if (options.json) printJson(context, user);
  else context.terminal.out(`The user ${printable(user.name)} has ${heldText(user)}.`);
  return EXIT.done;
}

/** Deletes a user; his API keys and sessions end with him. */
export async function deleteUser(context: CommandContext, name: string, options: GlobalOptions): Promise<number> {
  await connect(context, options).client.users.delete(name);
  context.terminal.out(`The user ${printable(name)} is deleted, and his API keys work nowhere any more.`);
  return EXIT.done;
}

/** Gives a user another password, which is read as `createUser` does. */
export async function setPassword(context: CommandContext, name: string, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const user = await client.users.change(name, { password: await passwordFor(context, name) });
  if (options.json) printJson(context, user);
  else context.terminal.out(`The user ${printable(user.name)} has another password; sessions with the old one ended.`);
  return EXIT.done;
}

/** Keeps a user from logging in. */
export function disableUser(context: CommandContext, name: string, options: GlobalOptions): Promise<number> {
  return setDisabled(context, name, options, true);
}

/** Lets a user log in again. */
export function enableUser(context: CommandContext, name: string, options: GlobalOptions): Promise<number> {
  return setDisabled(context, name, options, false);
}

async function setDisabled(
  context: CommandContext,
  name: string,
  options: GlobalOptions,
  disabled: boolean,
): Promise<number> {
  const user = await connect(context, options).client.users.change(name, { disabled });
  if (options.json) printJson(context, user);
  else context.terminal.out(`The user ${printable(user.name)} ${disabled ? 'cannot log in any more' : 'may log in'}.`);
  return EXIT.done;
}

function passwordFor({ terminal, input = process.stdin }: CommandContext, name: string): Promise<string> {
  return readPassword({ input, prompt: `Password of ${printable(name)}:`, terminal });
}

function rolesText({ roles }: UserAnswer): string {
  return roles.length === 0 ? ', but has no role of its own' : ` as ${roles.join(', ')}`;
}

function heldText({ roles, groups }: UserAnswer): string {
  const named = (what: string, names: readonly string[]): string =>
    names.length === 0 ? `no ${what}` : `the ${what}${names.length > 1 ? 's' : ''} ${printable(names.join(', '))}`;
  return `${named('role', roles)} of its own, and is in ${named('group', groups)}`;
}
