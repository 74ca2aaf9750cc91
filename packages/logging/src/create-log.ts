import type { Writable } from 'node:stream';
import type { Clock, Log, LogFields } from '@runyard/domain';
import { createLogger, format, transports } from 'winston';
import { logContext } from './log-context.ts';
import { type LogFormat, type LogRecord, renderLine } from './render-line.ts';
import { type SecretValues, knownSecrets } from './secret-values.ts';

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const;
export type LogLevel = keyof typeof LEVELS;

/** Where winston transports look for the finished line. */
const MESSAGE = Symbol.for('message');

/** Names that the log gives itself. A field of the same name is written with `_` at its end. */
const OWN_NAMES = new Set(['time', 'level', 'service', 'message']);

export interface LogOptions {
  /** Name of the process: `gateway`, `worker`. */
  readonly service: string;
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Standard output unless told otherwise. Never closed by the log. */
  readonly destination?: Writable;
  readonly clock?: Clock;
  /** Values to mask; those of `rememberSecret` unless told otherwise. */
  readonly secrets?: SecretValues;
}

/** A log that can be closed. */
export interface ClosableLog extends Log {
  /** Resolves when every line is handed to the system. Later lines are dropped. May be called twice. */
  close(): Promise<void>;
}

/** The log of a process: one line per event, ids of `withLogContext` included, secrets masked. */
export function createLog(options: LogOptions): ClosableLog {
  const { service, clock = { nowMs: Date.now }, secrets = knownSecrets() } = options;
  const destination: Writable = options.destination ?? process.stdout;
  // A reader that went away (`| head`) must not end the process.
  destination.on('error', () => undefined);
  const logger = createLogger({
    levels: LEVELS,
    level: options.level,
    format: format((info) => {
      info[MESSAGE] = renderLine(info['record'] as LogRecord, options.format, secrets);
      return info;
    })(),
    transports: [new transports.Stream({ stream: destination, eol: '\n' })],
  });
  let closing: Promise<void> | undefined;

  function write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (closing) return;
    const time = new Date(clock.nowMs()).toISOString();
    const record = { time, level, service, message, ...renamed(logContext()), ...renamed(fields) };
    // The record stays apart from winston's own members, which it would merge with a field named `message`.
    logger.log({ level, message, record });
  }

  /** A level that is off costs one call of an empty function. */
  function at(level: LogLevel): Log[LogLevel] {
    if (LEVELS[level] > LEVELS[options.level]) return () => undefined;
    return (message, fields) => write(level, message, fields);
  }

  function close(): Promise<void> {
    closing ??= new Promise<void>((resolve) => {
      // Called back when all before it is written, or at once with an error when the destination is gone.
      logger.once('finish', () => destination.write('', () => resolve()));
      logger.end();
    });
    return closing;
  }

  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), close };
}

function renamed(fields: LogFields | undefined): LogFields | undefined {
  if (fields === undefined) return undefined;
  for (const name in fields) {
    if (!OWN_NAMES.has(name)) continue;
    return Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [OWN_NAMES.has(key) ? `${key}_` : key, value]),
    );
  }
  return fields;
}
