/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

// Tests run from source, as ES modules, without a build. Do not add 'import' to the conditions: it breaks Jest itself.
const shared: Config = {
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['@runyard/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.runyard/'],
};

// Jest 30 ignores `testTimeout` inside a project, so a set-up file applies it.
const timeout = (timeoutMs: number): Config => ({
  globals: { timeoutMs },
  setupFilesAfterEnv: ['<rootDir>/scripts/test-timeout.mjs'],
});

const config: Config = {
  // Every core: Jest would leave one free, which on two cores is half of them. The e2e project runs one file at a time.
  maxWorkers: '100%',
  projects: [
    { ...shared, ...timeout(20_000), displayName: 'unit', testMatch: ['<rootDir>/{apps,packages}/*/src/**/*.test.ts'] },
    {
      ...shared,
      ...timeout(30_000),
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,packages}/*/test/**/*.itest.ts'],
    },
    {
      ...shared,
      ...timeout(120_000),
      displayName: 'e2e',
      testMatch: ['<rootDir>/tests/**/*.itest.ts'],
      runner: '<rootDir>/scripts/serial-runner.mjs',
    },
  ],
};

export default config;
