import type { ExecutableObject } from './catalog.ts';
import type { Device } from './device.ts';
import { AppError, type ErrorCode } from './errors.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Service } from './service.ts';

/** The secrets with which a device or an API is entered. Lives in the worker's memory only. */
export interface Credential {
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly passphrase?: string;
  readonly enablePassword?: string;
  readonly token?: string;
}

/** Renders `{{ … }}` with a library that cannot execute code. Throws TEMPLATE_INVALID. */
export interface Templates {
  render(template: string, scope: JsonObject): string;
  /** The value itself where the template is one `{{ … }}` alone, else its text. Throws TEMPLATE_INVALID. */
  value(template: string, scope: JsonObject): JsonValue;
}

/** As whom and on whose behalf a run runs. */
export interface TaskIdentity {
  readonly initiator: string;
  readonly actor: string;
  readonly principal: string;
  /** Ids of runs, from the root down to this one. */
  readonly chain: readonly string[];
}

/** Everything that one attempt at one device needs. */
export interface Task {
  readonly runId: string;
  /** Who asked first, who called, as whom it runs, and the runs that led here. From the record of the run, only to be read. */
  readonly identity: TaskIdentity;
  readonly service: Service;
  /** Null when the service runs once. */
  readonly device: Device | null;
  /** The devices that a service which runs once is to work on. */
  readonly inventory: readonly Device[];
  readonly params: JsonObject;
  readonly payload: JsonObject;
  readonly check: boolean;
  /** IANA name; UTC when absent. */
  readonly timeZone?: string;
  /** Tells gateways of ours, signed, that a call comes from this run; for them alone. */
  readonly lineage?: string | undefined;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly credential: Credential | null;
  /** Aborts on cancel, time-out and shutdown; a type lets go of everything when it fires. */
  readonly signal: AbortSignal;
  /** Milliseconds that this attempt may take; the signal fires then. For a type's own, earlier limits. */
  readonly timeoutMs: number;
  /** More output of the device than so many bytes is cut, with a mark. */
  readonly outputBytesMax: number;
  /** Renders a template with device, params, payload, run, and the value of the iteration. */
  readonly render: (template: string) => string;
  /** One line of live output for the run's log. */
  readonly log: (line: string) => void;
  /** Device by name, for jump hosts: its record and its credential. */
  readonly lookup: (device: string) => Promise<{ device: Device; credential: Credential | null }>;
  /** Folder with the files of the service, be it from a bundle or a repository; rejects with SOURCE_UNAVAILABLE. */
  readonly sourceFolder: () => Promise<string>;
  /** Values of the service's secrets by the variable that they are for. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The names of the inputs that the service declares, by itself or by its decorator. */
  readonly inputNames: () => Promise<readonly string[]>;
  /** The program of the catalog with this name; null when there is none. */
  readonly executableObject: (name: string) => Promise<ExecutableObject | null>;
  /** What the service keeps between its runs under this name, in the hands of this task alone until it is let go. */
  readonly keptState: (name: string) => Promise<KeptState>;
}

/** A text that a service keeps between its runs. Nobody else reads or writes it while somebody has it. */
export interface KeptState {
  /** Null when there is none yet. */
  readonly content: string | null;
  /** Rejects with LOCK_LOST when it is in the hands of somebody else meanwhile. */
  save(content: string): Promise<void>;
  release(): Promise<void>;
}

/** What a type gives back when it could do its work, be the answer good or bad. */
export interface TaskOutcome {
  readonly success: boolean;
  /** Before conversion: usually text. */
  readonly result: JsonValue;
  /** Why `success` is false. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  readonly fields?: JsonObject;
}

/**
 * One way of doing work on devices. It knows nothing of queues, stores or HTTP.
 * `run` resolves with what the device said, or rejects with an AppError of the device group when it got no answer.
 */
export interface ServiceType {
  readonly name: string;
  /** `service`: only the credential that the service names, whatever the device has. `device` when absent. */
  readonly credentialOf?: 'device' | 'service';
  run(task: Task): Promise<TaskOutcome>;
  /** Lets go of pooled connections and the like. Idempotent. */
  stop(): Promise<void>;
}

/** A failure of the device group with a text for the person who reads the row. */
export function deviceError(code: ErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, cause === undefined ? {} : { cause });
}
