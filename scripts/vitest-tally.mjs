// Ends a test run with one plain line, `N passed, N failed`, that scripts can read. What passed only
// when it was tried again (see vitest.config.ts) is named before it, with what went wrong first.
export default class Tally {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} testModules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(testModules, unhandledErrors) {
    let passed = 0;
    let skipped = 0;
    let failed = unhandledErrors.length;
    let seconds = '';
    for (const module of testModules) {
      // A file that could not be loaded has no tests to count.
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (test.diagnostic()?.flaky) {
          const said = errors?.map(({ stack, message }) => stack ?? message).join('\n');
          seconds += `PASSED ONLY AT SECOND TRY ${module.moduleId} > ${test.fullName}\n${said}\n`;
        }
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped += 1;
      }
    }
    const tail = skipped === 0 ? '' : `, ${skipped} skipped`;
    const isPart = process.env['QRT_TEST'] !== 'thorough';
    const again = `Other runs leave out other parts; as this one: QRT_TEST_SEED=${process.env['QRT_TEST_SEED']}\n`;
    // After the summary of the default reporter, which is written in this same tick.
    setImmediate(() => {
      process.stdout.write(seconds);
      if (failed > 0 && isPart) process.stdout.write(again);
      process.stdout.write(`${passed} passed, ${failed} failed${tail}\n`);
    });
  }
}
