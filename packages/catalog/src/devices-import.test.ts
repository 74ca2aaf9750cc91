import { describe, expect, it } from '@jest/globals';
import { devicesFromCsv } from './devices-csv.ts';
import { devicesFromYaml } from './devices-yaml.ts';

describe('devicesFromCsv', () => {
  it('reads devices, and other columns as attributes', () => {
    const text =
      '\uFEFFname,address,port,platform,cluster,credential,site,role\nr1,10.0.0.1,2222,cisco-ios,ams,lab,ams,core\n\n"r,2", h ,,,,,"a ""b""",\n';
    expect(devicesFromCsv(text)).toEqual({
      devices: [
        {
          name: 'r1',
          address: '10.0.0.1',
          port: 2222,
          platform: 'cisco-ios',
          cluster: 'ams',
          credential: 'lab',
          attributes: { site: 'ams', role: 'core' },
        },
        { name: 'r,2', address: 'h', attributes: { site: 'a "b"' } },
      ],
      problems: [],
    });
  });

  it('tells each mistake with its line and reads the rest', () => {
    const text = 'name,address,port\nr1,x,22\nr2,x,22x\nr3\nr4,,1\nr5,x,5\n';
    const { devices, problems } = devicesFromCsv(text, 'd.csv');
    expect(devices.map(({ name }) => name)).toEqual(['r1', 'r5']);
    expect(problems).toEqual([
      { file: 'd.csv', line: 4, path: '', message: 'has not as many cells as the header row' },
      { file: 'd.csv', line: 3, path: '/port', message: 'must be a whole number, not a text' },
      { file: 'd.csv', line: 5, path: '/address', message: 'is required' },
    ]);
  });

  it.each([
    ['', 'has no header row'],
    ['name,adress\nr,x\n', 'the column `address` is missing; is it `adress`?'],
    ['address\nx\n', 'the column `name` is missing'],
    ['name,address,site,site\nr,x,a,b\n', 'has the column `site` twice'],
    ['name,address,\nr,x,a\n', 'has a column without a name'],
  ])('refuses a wrong header: %j', (text, message) => {
    expect(devicesFromCsv(text)).toEqual({ devices: [], problems: [{ line: 1, path: '', message }] });
  });

  it('tells an open quote', () => {
    const { problems } = devicesFromCsv('name,address\nr1,"x\nr2,y\n');
    expect(problems[0]?.message).toMatch(/^is no CSV: /);
  });
});

describe('devicesFromYaml', () => {
  it('reads a bare list, and a catalog of devices', () => {
    const device = { name: 'r1', address: 'x', ssh: { hostKey: 'off' } };
    expect(devicesFromYaml('- {name: r1, address: x, ssh: {host-key: off}}\n')).toEqual({
      devices: [device],
      problems: [],
    });
    expect(devicesFromYaml('{"devices": [{"name": "r1", "address": "x"}]}').devices).toHaveLength(1);
  });

  it('tells each mistake with its line', () => {
    expect(devicesFromYaml('- {name: r1, address: x}\n- name: r2\n  adress: x\n', 'd.yaml').problems).toEqual([
      { file: 'd.yaml', line: 3, path: '/1/adress', message: 'unknown key `adress`; did you mean `address`?' },
    ]);
    expect(devicesFromYaml('5').problems).toEqual([
      { line: 1, path: '', message: 'must be a list of devices, or an object with `devices`' },
    ]);
    expect(devicesFromYaml('- {a: 1, a: 2}').problems[0]).toMatchObject({
      line: 1,
      message: 'the same key is there twice',
    });
  });
});
