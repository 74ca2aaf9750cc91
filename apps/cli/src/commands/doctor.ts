import { type CommandContext, connect, type GlobalOptions, printJson } from '../context.ts';
import { checkGateway } from '../doctor/check-gateway.ts';
import { askVersion, checkNode, checkPrograms, checkRedisServer } from '../doctor/check-programs.ts';
import { checkRedis } from '../doctor/check-redis.ts';
import type { Finding } from '../doctor/check.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import type { Terminal } from '../output/terminal.ts';

/** Checks this machine and the gateway. The exit code is 1 when there is a problem; warnings are none. */
export async function runDoctor(context: CommandContext, options: GlobalOptions): Promise<number> {
  const { client, connection } = connect(context, options);
  const redisUrl = context.env['RUNYARD_REDIS_URL'] || connection.file?.redisUrl;
  const groups = await Promise.all([
    checkRedisServer(context.env['PATH'], askVersion).then((finding) => [finding]),
    redisUrl ? checkRedis({ url: redisUrl, ...redisLogin(context) }) : Promise.resolve([]),
    checkPrograms(askVersion),
    checkGateway(client, connection.url),
  ]);
  const findings = [checkNode(process.versions.node), ...groups.flat()];
  if (options.json) printJson(context, findings);
  else printFindings(context.terminal, findings);
  return findings.some(({ level }) => level === 'problem') ? EXIT.failed : EXIT.done;
}

function redisLogin({ env }: CommandContext): { username?: string; password?: string } {
  const username = env['RUNYARD_REDIS_USERNAME'];
  const password = env['RUNYARD_REDIS_PASSWORD'];
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red' } as const;

function printFindings(terminal: Terminal, findings: readonly Finding[]): void {
  const width = Math.max(...findings.map(({ title }) => title.length));
  for (const { level, title, detail, advice } of findings) {
    const mark = terminal.colour(COLOURS[level], level.padEnd('problem'.length));
    terminal.out(`${mark}  ${title.padEnd(width)}  ${printable(detail)}`);
    if (advice !== undefined) terminal.out(`${' '.repeat('problem'.length + width + 4)}→ ${advice}`);
  }
  const problems = findings.filter(({ level }) => level === 'problem').length;
  terminal.out(
    problems === 0 ? 'No problem was found.' : `${problems} ${problems === 1 ? 'problem' : 'problems'} to solve.`,
  );
}
