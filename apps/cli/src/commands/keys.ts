import type { ApiKeyAnswer } from '@runyard/contracts';
import { CliError } from '../cli-error.ts';
import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { tableLines } from '../output/table.ts';
import { timeText } from '../output/time.ts';

export interface NewKeyOptions extends GlobalOptions {
  /** `--user` is the login of who makes the key. */
  readonly forUser?: string;
  readonly serviceAccount?: string;
  readonly service?: readonly string[];
  readonly expires?: string;
}

/** Makes an API key and prints it, this once, alone on the output. */
export async function createKey(context: CommandContext, name: string, options: NewKeyOptions): Promise<number> {
  const { service, expires } = options;
  const { client } = connect(context, options);
  const key = await client.apiKeys.create({
    ...accountOfNew(options),
    name,
    ...(service ? { services: [...service] } : {}),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  });
  if (options.json) printJson(context, key);
  else {
    context.terminal.out(key.token);
    context.terminal.err(`This is the only time that the key is shown. Revoke it with: runyard keys revoke ${key.id}`);
  }
  return EXIT.done;
}

function accountOfNew({ forUser, serviceAccount }: NewKeyOptions) {
  if (forUser !== undefined && serviceAccount === undefined) return { user: forUser };
  if (serviceAccount !== undefined && forUser === undefined) return { serviceAccount };
  throw new CliError('A key belongs to one account: give either --for-user or --service-account.');
}

/** Lists the API keys, without the keys themselves. */
export async function listKeys(context: CommandContext, options: GlobalOptions): Promise<number> {
  const { client } = connect(context, options);
  const keys: ApiKeyAnswer[] = [];
  for await (const key of client.apiKeys.list()) keys.push(key);
  if (options.json) printJson(context, keys);
  else if (keys.length === 0) context.terminal.out('No API keys.');
  else {
    const header = ['KEY', 'NAME', 'OF', 'SERVICES', 'EXPIRES', 'LAST USED'];
    const rows = keys.map((key) => [
      key.id,
      printable(key.name),
      printable(accountOf(key)),
      printable(key.services?.join(', ') ?? 'all'),
      key.expiresAt === null ? 'never' : timeText(Date.parse(key.expiresAt)),
      key.lastUsedAt === null ? 'never' : timeText(Date.parse(key.lastUsedAt)),
    ]);
    for (const line of tableLines(header, rows)) context.terminal.out(line);
  }
  return EXIT.done;
}

/** Ends an API key. */
export async function revokeKey(context: CommandContext, id: string, options: GlobalOptions): Promise<number> {
  await connect(context, options).client.apiKeys.revoke(id);
  if (options.json) printJson(context, { id, revoked: true });
  else context.terminal.out(`The API key ${printable(id)} works nowhere any more.`);
  return EXIT.done;
}

function accountOf({ user, serviceAccount, roles = [] }: ApiKeyAnswer): string {
  if (user !== undefined) return `user ${user}`;
  return serviceAccount === undefined ? `roles ${roles.join(', ')}` : `service account ${serviceAccount}`;
}
