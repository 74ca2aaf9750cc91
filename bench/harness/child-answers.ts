type Commands = Readonly<Record<string, (args: never) => Promise<unknown>>>;

interface Question {
  readonly id: number;
  readonly command: string;
  readonly args: unknown;
}

/** For a script that `Child.ask` talks to: answers commands until the one who started it stops it or is gone. */
export function answer(commands: Commands): void {
  const send = (message: object): void => void process.send?.(message);
  process.on('message', (question: Question) => {
    const { id, command, args } = question;
    const work = commands[command] as ((args: unknown) => Promise<unknown>) | undefined;
    if (command === 'ready') send({ id, result: true });
    else if (!work) send({ id, error: `there is no command ${command}` });
    else {
      work(args).then(
        (result) => send({ id, result: result ?? null }),
        (error: unknown) =>
          send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
    }
  });
  // Also what makes `--cpu-prof` write its file.
  for (const event of ['disconnect', 'SIGTERM', 'SIGINT'] as const) process.on(event, () => process.exit(0));
}
