import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where tests start many processes, and take longest: a file of these at the end would have one core work alone. */
const LONG = /\/test\/(?:durability|soak|bench|sample|browser)\//;

/** The order of vitest, but long files begin: without the cache of an earlier run it goes by their size. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the method of vitest
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
