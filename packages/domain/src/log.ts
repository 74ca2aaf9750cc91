/** Facts beside a static message, so that messages can be counted. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The port to the logger. Messages are static sentences, facts go into the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
