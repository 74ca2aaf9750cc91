import type { ServerChannel } from 'ssh2';
import { createCli } from './platforms/create-cli.ts';
import { ChannelSession, dropInstead, runCommand, type SessionHost } from './session-host.ts';

/** Runs one command, or several on lines of their own, and ends the channel with the exit status. */
export async function serveExec(
  host: SessionHost,
  channel: ServerChannel,
  command: string,
  hasTerminal: boolean,
): Promise<void> {
  const session = new ChannelSession(channel);
  const cli = createCli(host.state, false);
  const isLinux = host.state.platform === 'linux';
  const lines = isLinux ? [command] : command.split(/\r?\n/).filter((line) => line.trim() !== '');
  const lineEnd = isLinux && !hasTerminal ? '\n' : '\r\n';
  let exitStatus = 0;
  for (const line of lines) {
    const reply = await runCommand(host, cli, line, session);
    const output = reply.output.replaceAll('\n', lineEnd);
    if (dropInstead(host, channel, output)) return;
    channel.write(output);
    if (reply.errorOutput) channel.stderr.write(reply.errorOutput.replaceAll('\n', lineEnd));
    exitStatus = reply.exitStatus ?? 0;
    if (reply.isEnd) break;
  }
  channel.exit(exitStatus);
  channel.end();
}
