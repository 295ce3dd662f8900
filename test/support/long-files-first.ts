import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What starts many processes or browsers, makes many or large databases, compiles documents, compares processor times or loads for long: `npm run test:system`. */
export const SYSTEM_TESTS = [
  'test/{bench,browser,cli,documents,durability,linear-time,sample,soak}/**/*.spec.ts',
  'test/audit/plans.spec.ts',
  'test/callbacks/two-processes.spec.ts',
  'test/databases/{host-databases,renamed-classes}.spec.ts',
  'test/limits/{memory,shutdown}.spec.ts',
  'test/operations/optional-packages.spec.ts',
  'test/sdks/documents.spec.ts',
  'test/simulator/{cli,malformed}.spec.ts',
  'tools/embedded-postgres/*.spec.ts',
];

/** Files that take longest: one of these at the end would have one core work alone. */
const LONG = /\/test\/(?:databases|durability|limits|linear-time|simulator|soak|uploads)\//;

/** The order of vitest, but long files begin: without the cache of an earlier run it goes by their size. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the method of vitest
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
