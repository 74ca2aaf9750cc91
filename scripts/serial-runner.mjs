// Jest runner of the e2e project: one test file at a time, because each starts whole processes. They run in one process
// beside Jest, not in Jest itself, so that what a failing test leaves open cannot keep Jest from ending.
import TestRunner from 'jest-runner';

export default class SerialRunner extends TestRunner {
  constructor(globalConfig, context) {
    super({ ...globalConfig, maxWorkers: 1 }, context);
  }

  runTests(tests, watcher, options) {
    return super.runTests(tests, watcher, { ...options, serial: false });
  }
}
