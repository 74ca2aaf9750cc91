import { createValidator } from '@runyard/contracts';

/** One for the package: compiling the schemas takes a while, and they never change. */
export const validator = createValidator();
