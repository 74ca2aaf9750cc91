import type { Log, StartStop } from '@runyard/domain';

/**
 * Starts a process's one long-lived thing and stops it on SIGTERM, SIGINT or, with `--exit-with-parent`, when the
 * pipe from the parent closes (which is how a killed parent is noticed). A second signal ends the process at once.
 */
export async function live(thing: StartStop, log: Log, argv: readonly string[]): Promise<void> {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) {
      log.warn('told to stop twice, ending at once', { why });
      process.exit(1);
    }
    stopping = true;
    log.info('stopping', { why });
    thing.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('could not stop cleanly', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (argv.includes('--exit-with-parent')) {
    // Data is not expected; reading is what makes the end visible.
    process.stdin.resume().once('end', () => stop('the parent is gone'));
  }
  await thing.start();
}
