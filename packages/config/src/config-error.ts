/** One wrong setting: where it was given, and what is wrong. Never holds the value of a secret. */
export interface ConfigProblem {
  /** A variable (`RUNYARD_PORT`) or a place in the settings file (`/redis/url`). */
  readonly source: string;
  readonly message: string;
}

/** The settings are wrong. Its message lists every problem, one a line, ready to be printed. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ source, message }) => `  ${source}: ${message}`);
    super(['The settings are not valid:', ...lines].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
