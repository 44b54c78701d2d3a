import { defineConfig } from 'vitest/config';

// `tasksmith-source` leads `#name` to libs/name/index.ts. Not `import`: it would reach packages that are loaded with require, too.
const conditions = ['tasksmith-source', 'node'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: ['node'] } } };

/** What was expected and what came stand in full in the message: the summary at the end of `npm test` has nothing else. */
const chaiConfig = { truncateThreshold: 2_000 };

/** One project per kind of test: `npx vitest run --project unit`. */
export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          chaiConfig,
          include: ['apps/**/*.spec.ts', 'libs/**/*.spec.ts', 'deploy/**/*.spec.ts', 'test/bench/**/*.spec.ts'],
          testTimeout: 10_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          chaiConfig,
          include: ['test/integration/**/*.test.ts', 'test/contract/**/*.test.ts', 'test/pins/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          // They mostly wait for servers; each file has names of its own on them.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          chaiConfig,
          include: ['test/e2e/**/*.test.ts', 'test/faults/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Each file has a stack of its own.
          maxWorkers: 2,
        },
      },
    ],
  },
});
