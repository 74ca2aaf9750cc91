import { type Command, Option } from 'commander';
import type { Does } from './command-action.ts';
import { listAudit } from './commands/audit.ts';
import { createKey, listKeys, revokeKey } from './commands/keys.ts';
import {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  listUsers,
  setPassword,
  updateUser,
} from './commands/users.ts';
import { several, toLimit, toTime } from './option-values.ts';

/** Users, API keys and the audit log. */
export function addAccountCommands(program: Command, does: Does): void {
  addUserCommands(program.command('users').description('users: who may log in'), does);
  addKeyCommands(program.command('keys').description('API keys of users and service accounts'), does);
  program
    .command('audit')
    .description('list who did what, and was not allowed to, newest first')
    .option('--actor <name>', 'only what this account called for')
    .option('--principal <name>', 'only what was to happen as this account')
    .option('--action <action>', 'only this action, such as lock.break')
    .option('--subject <subject>', 'only what was done to this, such as pool/lab')
    .addOption(new Option('--decision <decision>', 'only this').choices(['allowed', 'denied']))
    .option('--since <time>', 'only from then on, such as 2026-11-21 or 2026-11-21T10:00:00Z', toTime)
    .option('--limit <number>', 'how many', toLimit, 20)
    .action(does(listAudit));
}

function addUserCommands(users: Command, does: Does): void {
  users.command('list').description('list the users').action(does(listUsers));
  users
    .command('create')
    .description('make a user; the password is asked for, or read as the first line that is piped in')
    .argument('<name>')
    .option('--role <name>', 'role that it has; may be given several times', several)
    .option('--group <name>', 'group that it is in; may be given several times', several)
    .action((name: string, _options: unknown, command: Command) =>
      does((context, options) => createUser(context, name, options as object))(command),
    );
  users
    .command('update')
    .description('give a user other roles or groups; those that are not named he loses')
    .argument('<name>')
    .option('--role <name>', 'role that it has then; may be given several times', several)
    .option('--no-role', 'it has no role of its own then')
    .option('--group <name>', 'group that it is in then; may be given several times', several)
    .option('--no-group', 'it is in no group then')
    .action((name: string, _options: unknown, command: Command) =>
      does((context, options) => updateUser(context, name, options as object))(command),
    );
  for (const [verb, description, change] of [
    ['password', 'give a user another password, which is read as by create', setPassword],
    ['disable', 'keep a user from logging in', disableUser],
    ['enable', 'let a user log in again', enableUser],
    ['delete', 'delete a user, and end his API keys and sessions', deleteUser],
  ] as const) {
    users
      .command(verb)
      .description(description)
      .argument('<name>')
      .action((name: string, _options: unknown, command: Command) =>
        does((context, options) => change(context, name, options as object))(command),
      );
  }
}

function addKeyCommands(keys: Command, does: Does): void {
  keys.command('list').description('list the API keys, without the keys themselves').action(does(listKeys));
  keys
    .command('create')
    .description('make an API key of one account and print it, this once')
    .argument('<name>')
    .option('--for-user <name>', 'the user as whom its holder acts (--user is who makes it)')
    .option('--service-account <name>', 'the service account as whom its holder acts')
    .option('--service <name>', 'service that it reaches, instead of all; may be given several times', several)
    .option('--expires <time>', 'when it ends, such as 2027-01-01 or 2027-01-01T10:00:00Z', toTime)
    .action((name: string, _options: unknown, command: Command) =>
      does((context, options) => createKey(context, name, options as object))(command),
    );
  keys
    .command('revoke')
    .description('end an API key')
    .argument('<id>')
    .action((id: string, _options: unknown, command: Command) =>
      does((context, options) => revokeKey(context, id, options as object))(command),
    );
}
