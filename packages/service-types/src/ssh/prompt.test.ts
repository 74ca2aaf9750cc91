import { describe, expect, it } from '@jest/globals';
import { PLATFORMS, platformOf, refusalIn } from './platforms.ts';
import { customPrompt, isPromptLike, learnPrompt } from './prompt.ts';

describe('platformOf', () => {
  it.each([
    ['cisco-ios', 'cisco-ios'],
    ['cisco_ios', 'cisco-ios'],
    ['NXOS', 'cisco-nxos'],
    ['junos', 'juniper-junos'],
    ['arista_eos', 'arista-eos'],
    ['FRRouting', 'frr'],
    ['linux', 'generic'],
    ['toaster', 'generic'],
    [undefined, 'generic'],
  ])('knows %s as %s', (name, platform) => {
    expect(platformOf(name).name).toBe(platform);
  });

  it('gives each name to one platform only', () => {
    const names = PLATFORMS.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('isPromptLike', () => {
  it.each([
    ['cisco-ios', 'R1>'],
    ['cisco-ios', 'core-sw.ams#'],
    ['cisco-ios', 'RP/0/RSP0/CPU0:xr1#'],
    ['cisco-ios', 'R1(config-if)#'],
    ['cisco-nxos', 'nexus-9k# '],
    ['juniper-junos', 'admin@mx1> '],
    ['juniper-junos', 'mx1#'],
    ['generic', 'user@host:~$ '],
    ['generic', '[root@host etc]# '],
    ['generic', '# '],
    ['generic', '[admin@tik] > '],
    ['generic', '<HUAWEI>'],
  ])('takes on %s the line %j for a prompt', (platform, line) => {
    expect(isPromptLike(line, platformOf(platform))).toBe(true);
  });

  it.each([
    ['cisco-ios', '################'],
    ['cisco-ios', 'Unauthorized access is prohibited #'],
    ['cisco-ios', 'Password: '],
    ['generic', 'Last login: Mon'],
    ['generic', '***** ######'],
    ['generic', `${'x'.repeat(400)}>`],
  ])('takes on %s the line %j for text', (platform, line) => {
    expect(isPromptLike(line, platformOf(platform))).toBe(false);
  });
});

describe('learnPrompt', () => {
  it('recognises the prompt of a router in every mode, also when the name is shortened', () => {
    const prompt = learnPrompt('amsterdam-core-router-1>', platformOf('cisco-ios'));
    for (const line of [
      'amsterdam-core-router-1#',
      'amsterdam-core-router-1(config)#',
      'amsterdam-core-r(config-router-af)#',
    ]) {
      expect(prompt.matches(line)).toBe(true);
    }
    for (const line of ['rotterdam#', 'amsterdam-core-router-1#show run | include #', 'see amsterdam-core-router-1#']) {
      expect(prompt.matches(line)).toBe(false);
    }
  });

  it('follows the working folder of a shell', () => {
    const prompt = learnPrompt('ops@host:~$ ', platformOf('linux'));
    expect(prompt.matches('ops@host:/etc/ssh$ ')).toBe(true);
    expect(prompt.matches('total $')).toBe(false);
  });

  it('knows a prompt of one character only as a whole line', () => {
    const prompt = learnPrompt('$ ', platformOf('linux'));
    expect(prompt.matches('$ ')).toBe(true);
    expect(prompt.matches('costs 5 $')).toBe(false);
  });

  it('recognises the device after it was renamed', () => {
    const ios = learnPrompt('R1(config)#', platformOf('cisco-ios'), ['R2']);
    expect([ios.matches('R1(config)#'), ios.matches('R2(config)#'), ios.matches('R3(config)#')]).toEqual([
      true,
      true,
      false,
    ]);
    const junos = learnPrompt('admin@mx1#', platformOf('junos'), ['mx2']);
    expect(junos.matches('admin@mx2# ')).toBe(true);
  });

  it('matches what the author of the service described', () => {
    const prompt = customPrompt(/(?:ready!)\s*$/, 'box ready! ');
    expect(prompt.matches('other ready!')).toBe(true);
    expect(prompt.matches('ready! not')).toBe(false);
    expect(customPrompt(/.*$/, 'x').matches('')).toBe(false);
  });
});

describe('refusalIn', () => {
  it.each([
    [
      'cisco-ios',
      "show foo\n          ^\n% Invalid input detected at '^' marker.\n",
      "% Invalid input detected at '^' marker.",
    ],
    ['cisco-ios', '% Incomplete command.', '% Incomplete command.'],
    ['cisco-nxos', 'Syntax error while parsing vlan', 'Syntax error while parsing vlan'],
    ['arista-eos', "% Invalid input (at token 1: 'foo')", "% Invalid input (at token 1: 'foo')"],
    ['junos', 'error: configuration check-out failed', 'error: configuration check-out failed'],
    ['junos', '                ^\nunknown command.', 'unknown command.'],
    ['frr', '% Unknown command: show foo', '% Unknown command: show foo'],
    ['frr', '% Command incomplete.', '% Command incomplete.'],
  ])('sees on %s that %j is a refusal', (platform, output, refusal) => {
    expect(refusalIn(output, platformOf(platform))).toBe(refusal);
  });

  it.each([
    ['cisco-ios', '% BGP not active'],
    ['cisco-ios', 'Interface errors: 0 Invalid input'],
    ['linux', "% Invalid input detected at '^' marker."],
    ['junos', 'input errors: 0'],
  ])('lets on %s %j pass', (platform, output) => {
    expect(refusalIn(output, platformOf(platform))).toBeUndefined();
  });
});
