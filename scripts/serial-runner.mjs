// Jest runner of the e2e project: one test file at a time, because each starts whole processes.
import TestRunner from 'jest-runner';

export default class SerialRunner extends TestRunner {
  isSerial = true;
}
