import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig, printConfig } from './index.ts';

describe('printConfig', () => {
  it('prints every setting and masks the secrets', () => {
    const settings = loadConfig({
      RUNYARD_ADMIN_PASSWORD: 'hunter22',
      RUNYARD_REDIS_PASSWORD: 'hunter22',
      RUNYARD_REDIS_URL: 'redis://me:hunter22@host:6379/1',
      RUNYARD_SECRET_KEY: 'ab'.repeat(32),
    });
    const printed = printConfig(settings);
    expect(printed).not.toMatch(/hunter22|abab/);
    expect(parse(printed)).toMatchObject({
      port: 3000,
      adminPassword: '***',
      secretKey: '***',
      redis: { url: 'redis://***@host:6379/1', password: '***' },
    });
    expect(settings.adminPassword).toBe('hunter22');
  });

  it('masks what stands behind the question mark of an address', () => {
    const settings = loadConfig({ RUNYARD_REDIS_URL: 'redis://host:6379?password=hunter22' });
    expect(printConfig(settings)).not.toContain('hunter22');
  });

  it('shows secrets that are not set as absent', () => {
    expect(printConfig(loadConfig({}))).not.toMatch(/adminPassword|\*\*\*/);
  });
});
