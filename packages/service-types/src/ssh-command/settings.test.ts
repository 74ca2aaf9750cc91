import { describe, expect, it } from '@jest/globals';
import { platformOf } from '../ssh/platforms.ts';
import { commandMode, promptPattern, renderCommands } from './settings.ts';

const render = (values: Record<string, string>) => (template: string) =>
  template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => values[name] ?? '');

describe('commandMode', () => {
  it('runs commands of hosts by exec and those of routers in a shell', () => {
    expect(commandMode({ commands: ['x'] }, platformOf('linux'))).toBe('exec');
    expect(commandMode({ commands: ['x'] }, platformOf('frr'))).toBe('exec');
    expect(commandMode({ commands: ['x'] }, platformOf('junos'))).toBe('shell');
  });

  it('takes a shell for what only a shell can do, and obeys the service', () => {
    expect(commandMode({ commands: ['x'], config: true }, platformOf('frr'))).toBe('shell');
    expect(commandMode({ commands: ['x'], prompt: '>' }, platformOf('linux'))).toBe('shell');
    expect(commandMode({ commands: ['x'], mode: 'exec' }, platformOf('junos'))).toBe('exec');
  });
});

describe('renderCommands', () => {
  it('makes each line a command in a shell, and keeps scripts whole for exec', () => {
    const settings = { commands: ['interface {{ name }}\n description x\n\n', 'end'] };
    expect(renderCommands(settings, 'shell', render({ name: 'eth0' }))).toEqual([
      'interface eth0',
      ' description x',
      'end',
    ]);
    expect(renderCommands(settings, 'exec', render({ name: 'eth0' }))).toEqual([
      'interface eth0\n description x',
      'end',
    ]);
  });

  it('refuses a value that smuggles in another line', () => {
    const settings = { commands: ['show version', 'show interface {{ name }}'] };
    const name = 'eth0\nreload';
    expect(() => renderCommands(settings, 'shell', render({ name }))).toThrow(
      expect.objectContaining({
        code: 'TEMPLATE_INVALID',
        message: expect.stringContaining('Command 2 became several lines'),
      }),
    );
    expect(() => renderCommands(settings, 'exec', render({ name: 'eth0\r\nreload' }))).toThrow(/several lines/);
  });

  it('lets a template that is only a placeholder become several lines', () => {
    expect(renderCommands({ commands: ['{{ lines }}'] }, 'shell', render({ lines: 'a\nb' }))).toEqual(['a', 'b']);
    const two = { commands: ['{{ x }} {{ y }}'] };
    expect(() => renderCommands(two, 'shell', render({ x: 'a\nb', y: 'c' }))).toThrow(/several lines/);
  });

  it('refuses keys that a terminal would act on', () => {
    const settings = { commands: ['show {{ x }}'] };
    expect(() => renderCommands(settings, 'shell', render({ x: `a${String.fromCharCode(26)}` }))).toThrow(
      /control character/,
    );
  });

  it('leaves out commands that render to nothing, and refuses too many', () => {
    expect(renderCommands({ commands: ['{{ none }}', 'a'] }, 'exec', render({}))).toEqual(['a']);
    expect(() => renderCommands({ commands: ['{{ x }}'] }, 'shell', render({ x: 'a\n'.repeat(10_001) }))).toThrow(
      /10001 lines/,
    );
  });
});

describe('promptPattern', () => {
  it('matches at the end of the line, and says when it is not an expression', () => {
    expect(promptPattern({ commands: [] })).toBeUndefined();
    expect(promptPattern({ commands: [], prompt: 'ok>|go>' })?.test('really ok> ')).toBe(true);
    expect(promptPattern({ commands: [], prompt: 'ok>|go>' })?.test('ok> more')).toBe(false);
    expect(() => promptPattern({ commands: [], prompt: '(' })).toThrow(/not a regular expression/);
  });
});
