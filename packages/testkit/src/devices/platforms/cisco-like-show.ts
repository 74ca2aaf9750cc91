import { matchesWords } from './cli.ts';
import type { Dialect } from './cisco-like-dialects.ts';
import type { DeviceState } from './device-state.ts';

const TECH_SUPPORT_LINES = 30_000;

/** What `show …` prints, or undefined when there is no such thing. Needs the right mode for the configuration. */
export function showOutput(
  state: DeviceState,
  dialect: Dialect,
  words: readonly string[],
  isPrivileged: boolean,
): string | undefined {
  const is = (pattern: string): boolean => matchesWords(words, `show ${pattern}`);
  if (is('version')) return dialect.version(state);
  if (isPrivileged && is('running-config interface')) return interfaceConfig(state, words.slice(3).join(' '));
  if (isPrivileged && (is('running-config') || is('startup-config'))) return runningConfig(state, dialect);
  if (is('interfaces')) return interfaces(state, words.slice(2).join(' '));
  if (is('ip interface brief')) return brief(state);
  if (is('clock')) return `${new Date().toUTCString()}\n`;
  if (is('users')) return `    Line       User       Host(s)\n*  1 vty 0     ${state.username}      idle\n`;
  if (is('inventory'))
    return `NAME: "Chassis", DESCR: "${state.model}"\nPID: ${state.model}, VID: V01, SN: ${state.serial}\n`;
  if (is('tech-support')) return techSupport(state);
  return undefined;
}

function runningConfig(state: DeviceState, dialect: Dialect): string {
  const body = state.config.text();
  return `${dialect.configHeader(state, body)}${body}end\n\n`;
}

function interfaceConfig(state: DeviceState, name: string): string | undefined {
  if (!state.config.names('interface').includes(name)) return undefined;
  const lines = state.config.lines(`interface ${name}`).map((line) => ` ${line}\n`);
  return `interface ${name}\n${lines.join('')}end\n\n`;
}

function interfaces(state: DeviceState, wanted: string): string | undefined {
  const names = state.config.names('interface').filter((name) => wanted === '' || name === wanted);
  if (names.length === 0) return undefined;
  return names.map((name) => oneInterface(state, name)).join('');
}

function oneInterface(state: DeviceState, name: string): string {
  const lines = state.config.lines(`interface ${name}`);
  const value = (word: string): string | undefined =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const isUp = !lines.includes('shutdown');
  const described = value('description');
  return [
    `${name} is ${isUp ? 'up' : 'administratively down'}, line protocol is ${isUp ? 'up' : 'down'}`,
    ...(described === undefined ? [] : [`  Description: ${described}`]),
    ...(value('ip address') === undefined ? [] : [`  Internet address is ${value('ip address')}`]),
    `  MTU ${value('mtu') ?? 1500} bytes, BW 1000000 Kbit/sec`,
    '     0 packets input, 0 bytes, 0 no buffer',
    '     0 packets output, 0 bytes, 0 underruns',
    '',
  ].join('\n');
}

function brief(state: DeviceState): string {
  const rows = state.config.names('interface').map((name) => {
    const lines = state.config.lines(`interface ${name}`);
    const address = lines.find((line) => line.startsWith('ip address '))?.split(' ')[2] ?? 'unassigned';
    const status = lines.includes('shutdown') ? 'administratively down down' : 'up                    up';
    return `${name.padEnd(23)}${address.padEnd(16)}YES manual ${status}\n`;
  });
  return `Interface              IP-Address      OK? Method Status                Protocol\n${rows.join('')}`;
}

/** A few megabytes, for limits. */
function techSupport({ hostname }: DeviceState): string {
  const line = (number: number): string =>
    `${hostname} tech-support line ${String(number).padStart(8, '0')} ${'.'.repeat(40)}\n`;
  return Array.from({ length: TECH_SUPPORT_LINES }, (_, index) => line(index + 1)).join('');
}
