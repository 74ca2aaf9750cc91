import type { Environment, Settings } from '@runyard/config';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { DataFolder } from './data-folder.ts';
import type { NodeBinary } from './node-binary.ts';
import type { Secrets } from './secrets.ts';
import type { Steps } from './steps.ts';

export interface UpOptions extends GlobalOptions {
  readonly once?: boolean;
  readonly port?: number;
  /** False with `--no-devices`. */
  readonly devices: boolean;
}

/** Everything that is known before the first process starts. */
export interface UpPlan {
  readonly context: CommandContext;
  readonly options: UpOptions;
  readonly env: Environment;
  readonly settings: Settings;
  readonly projectRoot: string;
  readonly data: DataFolder;
  readonly secrets: Secrets;
  readonly node: NodeBinary;
  readonly steps: Steps;
  /** One line of the story, to the reader's terminal. */
  readonly print: (line: string) => void;
  /** Lines for the person at the terminal about what happens by itself. */
  readonly report: (lines: readonly string[]) => void;
}

/** The clusters that get a worker each. */
export const UP_CLUSTERS = ['ams', 'fra'] as const;
export const UP_DEVICES = 20;
