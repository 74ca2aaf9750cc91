import { describe, expect, it } from '@jest/globals';
import { TextFsm } from './textfsm.ts';

const parse = (template: string, text: string) => new TextFsm().parse(template, text);

const INTERFACES = `# Interfaces of an invented router
Value Required INTERFACE (\\S+)
Value STATUS (up|down|administratively down)
Value List ADDRESSES (\\d+\\.\\d+\\.\\d+\\.\\d+/\\d+)
Value MTU (\\d+)

Start
  # each interface begins in the first column
  ^\\S -> Continue.Record
  ^\${INTERFACE} is \${STATUS}\\s*$$
  ^\\s+inet \${ADDRESSES}
  ^\\s+mtu \${MTU}$$
  ^\\s*$$
  ^. -> Error "unexpected line"
`;

const OUTPUT = `eth0 is up
  inet 192.0.2.1/24
  inet 198.51.100.1/24
  mtu 1500
eth1 is administratively down
  mtu 9000

lo is up
`;

describe('TextFsm', () => {
  it('gives an object for each record, with lists and empty texts', () => {
    expect(parse(INTERFACES, OUTPUT)).toEqual([
      { INTERFACE: 'eth0', STATUS: 'up', ADDRESSES: ['192.0.2.1/24', '198.51.100.1/24'], MTU: '1500' },
      { INTERFACE: 'eth1', STATUS: 'administratively down', ADDRESSES: [], MTU: '9000' },
      { INTERFACE: 'lo', STATUS: 'up', ADDRESSES: [], MTU: '' },
    ]);
  });

  it('fails with the text of an Error action, the line of the template and the input', () => {
    expect(() => parse(INTERFACES, `${OUTPUT}  what is this\n`)).toThrow(
      expect.objectContaining({
        code: 'CONVERSION_FAILED',
        message: "TextFSM template line 14: Error 'unexpected line' at '  what is this'",
      }),
    );
  });

  it('fills down until another value comes', () => {
    const template =
      'Value Filldown CHASSIS (\\d+)\nValue Required SLOT (\\d+)\n\nStart\n ^Chassis ${CHASSIS}\n ^Slot ${SLOT} -> Record\n';
    expect(parse(template, 'Chassis 1\nSlot 1\nSlot 2\nChassis 2\nSlot 1\n')).toEqual([
      { CHASSIS: '1', SLOT: '1' },
      { CHASSIS: '1', SLOT: '2' },
      { CHASSIS: '2', SLOT: '1' },
    ]);
  });

  it('leaves a last record of nothing but filled-down values, as TextFSM does', () => {
    const template = 'Value Filldown A (\\d+)\nValue B (\\w+)\n\nStart\n ^A ${A}\n ^B ${B} -> Record\n';
    expect(parse(template, 'A 1\nB x\n')).toEqual([
      { A: '1', B: 'x' },
      { A: '1', B: '' },
    ]);
  });

  it('forgets what was filled down with Clearall, and keeps it with Clear', () => {
    const template = (action: string) =>
      `Value Filldown A (\\d+)\nValue B (\\w+)\n\nStart\n ^A \${A}\n ^part \${B}\n ^cut -> ${action}\n ^B \${B} -> Record\n\nEOF\n`;
    expect(parse(template('Clear'), 'A 1\npart y\ncut\nB x\n')).toEqual([{ A: '1', B: 'x' }]);
    expect(parse(template('Clearall'), 'A 1\npart y\ncut\nB x\n')).toEqual([{ A: '', B: 'x' }]);
  });

  it('fills up to the last record that has a value', () => {
    const template =
      'Value Required PORT (\\d+)\nValue Fillup VLAN (\\d+)\n\nStart\n ^port ${PORT} vlan ${VLAN} -> Record\n ^port ${PORT} -> Record\n';
    expect(parse(template, 'port 1 vlan 7\nport 2\nport 3\nport 4 vlan 9\n')).toEqual([
      { PORT: '1', VLAN: '7' },
      { PORT: '2', VLAN: '9' },
      { PORT: '3', VLAN: '9' },
      { PORT: '4', VLAN: '9' },
    ]);
  });

  it('keeps a list over records when it is filled down', () => {
    const template =
      'Value List,Filldown TAGS (\\w+)\nValue Required ID (\\d+)\n\nStart\n ^tag ${TAGS}\n ^id ${ID} -> Record\n';
    expect(parse(template, 'tag a\nid 1\ntag b\nid 2\n')).toEqual([
      { TAGS: ['a'], ID: '1' },
      { TAGS: ['a', 'b'], ID: '2' },
    ]);
  });

  it('gives the groups inside a list as objects', () => {
    const template = 'Value List USERS ((?P<name>\\w+):\\s+(?P<age>\\d+))\n\nStart\n ^${USERS}\n';
    expect(parse(template, 'ann: 30\nbob: 41\n')).toEqual([
      {
        USERS: [
          { name: 'ann', age: '30' },
          { name: 'bob', age: '41' },
        ],
      },
    ]);
  });

  it('changes states and stops at End without a last record', () => {
    const template = `Value NAME (\\w+)

Start
 ^BEGIN -> Body

Body
 ^STOP -> End
 ^LEAVE -> EOF
 ^END -> Start
 ^\${NAME} -> Record
`;
    expect(parse(template, 'x\nBEGIN\na\nb\nEND\nc\nBEGIN\nd\nSTOP\ne\n')).toEqual([
      { NAME: 'a' },
      { NAME: 'b' },
      { NAME: 'd' },
    ]);
    expect(parse(template, 'BEGIN\na\nLEAVE\nb\n')).toEqual([{ NAME: 'a' }]);
  });

  it('records what is left at the end of the text, unless the template has a state EOF', () => {
    const template = 'Value NAME (\\w+)\n\nStart\n ^name ${NAME}\n';
    expect(parse(template, 'name x')).toEqual([{ NAME: 'x' }]);
    expect(parse(`${template}\nEOF\n`, 'name x')).toEqual([]);
  });

  it('goes on with the next rule after Continue, on the same line', () => {
    const template =
      'Value List WORDS (\\w+)\n\nStart\n ^${WORDS} -> Continue\n ^\\w+ ${WORDS} -> Continue\n ^\\w+ \\w+ ${WORDS} -> Record\n\nEOF\n';
    expect(parse(template, 'one two three\n')).toEqual([{ WORDS: ['one', 'two', 'three'] }]);
  });

  it('understands the regular expressions of Python', () => {
    const template =
      'Value MAC ([0-9a-f]{4}(?:\\.[0-9a-f]{4}){2})\nValue REST ([]x[]+)\n\nStart\n ^(?i)mac: ${MAC}\\s${REST}\\Z -> Record\n';
    expect(parse(template, 'MAC: 00AA.bbcc.DDee ][x\n')).toEqual([{ MAC: '00AA.bbcc.DDee', REST: '][x' }]);
  });

  it('reads lines with carriage returns, and options in any order', () => {
    expect(parse('Value Key,Required A (\\d+)\r\n\r\nStart\r\n  ^a ${A}$$ -> Record\r\n', 'a 1\r\na 2\r\n')).toEqual([
      { A: '1' },
      { A: '2' },
    ]);
  });

  it.each([
    ['no values', 'Start\n ^x\n', 'line 1: a Value, or an empty line'],
    ['an unknown option', 'Value Wrong A (x)\n\nStart\n', "line 1: 'Wrong' is not an option"],
    ['an expression without brackets', 'Value Filldown A x\n\nStart\n', 'line 1: the expression must stand in'],
    ['a name twice', 'Value A (x)\nValue A (y)\n\nStart\n', "line 2: the Value 'A' is there twice"],
    ['a broken expression', 'Value A (x[)\n\nStart\n', 'line 1: a [ is never closed'],
    ['no Start', 'Value A (x)\n\nOther\n ^x\n', "there is no state 'Start'"],
    ['an unknown value', 'Value A (x)\n\nStart\n ^${B}\n', "line 4: there is no Value 'B'"],
    ['a single $', 'Value A (x)\n\nStart\n ^x$\n', 'line 4: a single $ must be written $$'],
    ['an unknown state', 'Value A (x)\n\nStart\n ^x -> Nowhere\n', "line 4: there is no state 'Nowhere'"],
    [
      'a Continue with a state',
      'Value A (x)\n\nStart\n ^x -> Continue Start\n',
      'line 4: Continue cannot change the state',
    ],
    ['a text without Error', 'Value A (x)\n\nStart\n ^x -> Next "t"\n', 'line 4: only Error has a text'],
    ['a rule without ^', 'Value A (x)\n\nStart\n x\n', 'line 4: a rule begins with'],
    ['an End with rules', 'Value A (x)\n\nStart\n ^x\n\nEnd\n ^x\n', "line 7: the state 'End' must be empty"],
    ['an action that is none', 'Value A (x)\n\nStart\n ^x -> Record.Next\n', "line 4: 'Record.Next' is not an action"],
  ])('names the line of a template with %s', (_, template, text) => {
    expect(() => parse(template, 'x')).toThrow(
      expect.objectContaining({ code: 'CONVERSION_FAILED', message: expect.stringContaining(text) }),
    );
  });

  it('ends an expression that would run for years', () => {
    const template = 'Value A (x)\n\nStart\n ^(a+)+$$\n';
    expect(() => parse(template, `${'a'.repeat(60)}b`)).toThrow(/took longer than/);
    expect(parse('Value A (x)\n\nStart\n ^${A}\n', 'x')).toEqual([{ A: 'x' }]);
  });

  it('refuses texts that are too long', () => {
    expect(() => parse('Value A (x)\n\nStart\n', 'x'.repeat(1_048_577))).toThrow(/longer than 1048576/);
  });
});
