// The arrows of the house: what each room may import. `npm run lint` runs this.
const app = '^apps/([^/]+)/';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: app },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'contracts-import-only-the-schema-library',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/contracts/', 'node_modules/zod/'] },
    },
    {
      name: 'aggregates-are-pure',
      comment: 'State, evolve, decide and policies know contracts and the Decider type: no Nest, no IO.',
      severity: 'error',
      from: {
        path: '^apps/(dispatcher/(run|queue)|registry/(task|key)|deployer/(deployment|worker)|scheduler/schedule)/',
        pathNot: '\\.spec\\.ts$',
      },
      to: {
        pathNot: [
          '^apps/[^/]+/(run|queue|task|key|deployment|worker|schedule)/',
          '^libs/contracts/',
          '^libs/event-store/decider',
          'node_modules/croner/',
        ],
      },
    },
    {
      name: 'commands-know-no-views',
      severity: 'error',
      from: { path: '^apps/[^/]+/commands/' },
      to: { path: '^apps/[^/]+/(projections|queries)/' },
    },
    {
      name: 'projections-send-no-commands',
      severity: 'error',
      from: { path: '^apps/[^/]+/projections/' },
      to: { path: ['^libs/messaging/', '^libs/queue/', '^apps/[^/]+/(commands|reactors)/'] },
    },
    {
      name: 'queries-append-nothing',
      severity: 'error',
      from: { path: '^apps/[^/]+/queries/' },
      to: { path: '^apps/[^/]+/(commands|reactors)/' },
    },
    {
      name: 'libs-are-entered-by-their-index',
      severity: 'error',
      from: { path: '^(apps|test)/' },
      to: { path: '^libs/[^/]+/(?!index\\.ts)', pathNot: '^libs/event-store/decider' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['tasksmith-source', 'import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
