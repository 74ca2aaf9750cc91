import type { Log, StartStop } from '@runyard/domain';

/** A long-lived thing that may find out that it has to be replaced by a fresh process. */
export interface Living extends StartStop {
  /** Resolves with the reason then. Never rejects. */
  readonly failed?: Promise<string>;
}

export interface LiveOptions {
  /** How long the thing may take to stop before the process ends all the same; ms. */
  readonly stopMaxMs: number;
}

/**
 * Starts a process's one long-lived thing and stops it on SIGTERM, SIGINT or, with `--exit-with-parent`, when the
 * pipe from the parent closes (which is how a killed parent is noticed). A second signal ends the process at once.
 * A thing that fails is stopped too, and the process ends with exit code 1, so that its supervisor starts it again.
 * What does not stop in time is left as a kill would leave it, with exit code 1.
 */
export async function live(
  thing: Living,
  log: Log,
  argv: readonly string[],
  { stopMaxMs }: LiveOptions,
): Promise<void> {
  let stopping = false;
  const end = (why: string, exitCode: number): void => {
    stopping = true;
    log.info('stopping', { why });
    // What failed or does not answer may be the very thing that stopping waits for.
    setTimeout(() => {
      log.error('did not stop in time, ending all the same', { afterMs: stopMaxMs });
      process.exit(1);
    }, stopMaxMs).unref();
    thing.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        log.error('could not stop cleanly', { error });
        process.exit(1);
      },
    );
  };
  const stop = (why: string): void => {
    if (stopping) {
      log.warn('told to stop twice, ending at once', { why });
      process.exit(1);
    }
    end(why, 0);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (argv.includes('--exit-with-parent')) {
    // Data is not expected; reading is what makes the end visible.
    process.stdin.resume().once('end', () => stop('the parent is gone'));
  }
  void thing.failed?.then((why) => {
    if (!stopping) end(why, 1);
  });
  await thing.start();
}
