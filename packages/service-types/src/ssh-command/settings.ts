import { deviceError, type Task } from '@runyard/domain';
import type { Platform } from '../ssh/platforms.ts';
import type { SshTargetSettings } from '../ssh/target.ts';

/** The own keys of the type, as its schema in contracts lets them pass. */
export interface SshCommandSettings extends SshTargetSettings {
  readonly commands: readonly string[];
  readonly mode?: 'exec' | 'shell';
  readonly enable?: boolean;
  readonly config?: boolean;
  readonly prompt?: string;
  readonly stopOnError?: boolean;
}

/** Lines that one run of a service may send to one device. */
const LINES_MAX = 10_000;
/** Control characters but tab and newline: at a prompt they are keys, such as interrupt or help. */
const KEYS = /(?![\t\n])\p{Cc}/u;
const PLACEHOLDER_ONLY = /^\s*\{\{(?:(?!\}\}).)*\}\}\s*$/;

/** Exec unless the platform is used through its shell, or something is asked for that only a shell has. */
export function commandMode(settings: SshCommandSettings, platform: Platform): 'exec' | 'shell' {
  if (settings.mode) return settings.mode;
  const needsShell = settings.enable === true || settings.config === true || settings.prompt !== undefined;
  return needsShell ? 'shell' : platform.mode;
}

/** The own prompt of the service as an expression that ends where the line ends. Throws TEMPLATE_INVALID. */
export function promptPattern({ prompt }: SshCommandSettings): RegExp | undefined {
  if (prompt === undefined) return undefined;
  try {
    return new RegExp(`(?:${prompt})\\s*$`);
  } catch (error) {
    throw deviceError('TEMPLATE_INVALID', `The prompt is not a regular expression: ${String(error)}`, error);
  }
}

/**
 * Renders the commands. In a shell each line is a command of its own. A parameter must not smuggle in further lines, so
 * a template of one line may only become several when it is nothing but a placeholder. Throws TEMPLATE_INVALID.
 */
export function renderCommands(settings: SshCommandSettings, mode: 'exec' | 'shell', render: Task['render']): string[] {
  const commands: string[] = [];
  settings.commands.forEach((template, index) => {
    const text = render(template).replace(/\r\n?/g, '\n').replace(/\n+$/, '');
    const isOneLine = !template.trim().includes('\n') && !template.includes('{%') && !PLACEHOLDER_ONLY.test(template);
    if (isOneLine && text.includes('\n')) {
      throw invalid(index, 'became several lines: a value in it holds a line break');
    }
    if (KEYS.test(text)) throw invalid(index, 'holds a control character');
    if (mode === 'exec') commands.push(text);
    else commands.push(...text.split('\n').filter((line) => line.trim() !== ''));
  });
  const sent = commands.filter((command) => command.trim() !== '');
  if (sent.length > LINES_MAX) {
    throw deviceError('TEMPLATE_INVALID', `The commands have ${sent.length} lines, at most ${LINES_MAX} are sent`);
  }
  return sent;
}

function invalid(index: number, text: string): Error {
  return deviceError('TEMPLATE_INVALID', `Command ${index + 1} ${text}`);
}
