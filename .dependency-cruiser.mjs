// Who may import whom. Read by scripts/check-boundaries.mjs, which also proves that the rules can fail.
const composition =
  'domain contracts engine queue store redis config logging identity catalog process outbound expressions';
const mayImport = {
  'packages/domain': '',
  'packages/contracts': 'domain',
  'packages/engine': 'domain',
  'packages/service-types': 'domain contracts expressions outbound',
  'packages/outbound': 'domain',
  'packages/expressions': 'domain',
  'packages/redis': 'domain',
  'packages/queue': 'domain contracts redis',
  'packages/store': 'domain contracts redis',
  'packages/config': 'domain contracts',
  'packages/logging': 'domain',
  'packages/process': 'domain',
  'packages/client': 'domain contracts',
  'packages/identity': 'domain',
  'packages/catalog': 'domain contracts',
  'packages/testkit': `${composition} service-types client`,
  'apps/gateway': composition,
  'apps/worker': `${composition} service-types`,
  'apps/cli': 'domain contracts client catalog config redis',
  'apps/dashboard': 'contracts client',
};

const tests = String.raw`\.i?test\.ts$|^(apps|packages)/[^/]+/test/`;

// One rule per workspace: it imports itself and the packages named for it. testkit has a rule of its own.
const layers = Object.entries(mayImport).map(([folder, names]) => ({
  name: `${folder.split('/')[1]}-imports-only-what-it-may`,
  severity: 'error',
  from: { path: `^${folder}/src/`, pathNot: tests },
  to: {
    path: '^(apps|packages)/',
    pathNot: [`^${folder}/`, ...names.split(' ').filter(Boolean), 'testkit'].map((name) =>
      name.startsWith('^') ? name : `^packages/${name}/`,
    ),
  },
}));

const onlyImporter = (owner, library) => ({
  name: `only-${owner}-imports-${library}`,
  severity: 'error',
  from: { path: '^(apps|packages|tests|scripts)/', pathNot: `^packages/${owner}/` },
  to: { path: `(^|/)node_modules/${library}/|^${library}(/|$)` },
});

export default {
  forbidden: [
    ...layers,
    onlyImporter('queue', 'bullmq'),
    onlyImporter('redis', 'ioredis'),
    onlyImporter('logging', 'winston'),
    onlyImporter('expressions', 'jsonata'),
    onlyImporter('expressions', 'liquidjs'),
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: { pathNot: '^apps/[^/]+/bin/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'domain-does-no-io',
      severity: 'error',
      from: { path: '^packages/domain/src/', pathNot: tests },
      to: { pathNot: '^packages/domain/' },
    },
    {
      name: 'only-tests-use-testkit',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: ['^packages/testkit/', tests] },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'only-gateway-imports-express',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: ['^apps/gateway/', tests] },
      to: { path: '(^|/)node_modules/express/|^express$' },
    },
    {
      name: 'apps-do-not-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'src-not-to-test', severity: 'error', from: { path: '/src/', pathNot: tests }, to: { path: tests } },
    {
      name: 'src-not-to-dev-dependency',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    // Only our own dist: a plain /dist/ would hide node_modules/bullmq/dist and blind the rule about bullmq.
    exclude: { path: '^(apps|packages)/[^/]+/dist/' },
    doNotFollow: { path: 'node_modules/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@runyard/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
