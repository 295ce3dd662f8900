import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output with a line that people and programs can both read: "12 passed, 0 failed". */
export class ClosingLineReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = testModules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    // A file that cannot be loaded has no tests, and an error outside of them belongs to none.
    const failed =
      tests.filter((test) => test.result().state === 'failed').length +
      testModules.filter((module) => module.errors().length > 0).length +
      unhandledErrors.length;

    if (passed + failed === 0) {
      console.error('No test has run.');
      process.exitCode = 1;
    }
    console.log(`\n${passed} passed, ${failed} failed`);
  }
}
