/** What a caller or an engine may do about an error: try the same again later, or not at all. */
export type Retry = 'never' | 'later';

interface ErrorDefinition {
  /** The HTTP status of the problem document. */
  readonly status: number;
  readonly title: string;
  readonly retry: Retry;
}

/**
 * The one register of errors. A code never changes its meaning and is never used again after it is retired.
 * The first group answers HTTP calls, the second explains one device's result.
 */
export const ERRORS = {
  ACCOUNT_NOT_FOUND: { status: 404, title: 'No such account', retry: 'never' },
  ACT_AS_DENIED: { status: 403, title: 'Not allowed to act as the service account', retry: 'never' },
  API_KEY_NOT_FOUND: { status: 404, title: 'No such API key', retry: 'never' },
  BODY_INVALID: { status: 400, title: 'The request body is not valid', retry: 'never' },
  BODY_NOT_JSON: { status: 400, title: 'The request body is not JSON', retry: 'never' },
  BODY_TOO_LARGE: { status: 413, title: 'The request body is too large', retry: 'never' },
  CATALOG_CONFLICT: { status: 409, title: 'The catalog changed meanwhile', retry: 'later' },
  CATALOG_INVALID: { status: 400, title: 'The catalog is not valid', retry: 'never' },
  CATALOG_ITEM_IN_USE: { status: 409, title: 'The item is used by others', retry: 'never' },
  CATALOG_ITEM_NOT_FOUND: { status: 404, title: 'No such item in the catalog', retry: 'never' },
  CERTIFICATE_EXISTS: { status: 409, title: 'The certificate is there already', retry: 'never' },
  CERTIFICATE_IN_USE: { status: 409, title: 'The certificate is used by a gateway', retry: 'never' },
  CERTIFICATE_INVALID: { status: 400, title: 'The certificate cannot be read', retry: 'never' },
  CERTIFICATE_NOT_FOUND: { status: 404, title: 'No such certificate', retry: 'never' },
  CLUSTER_DISABLED: { status: 409, title: 'The cluster is disabled', retry: 'never' },
  CLUSTER_NOT_CONNECTED: { status: 503, title: 'No worker of the cluster answered', retry: 'later' },
  CLUSTER_NOT_FOUND: { status: 404, title: 'No such cluster', retry: 'never' },
  CLUSTER_READ_ONLY: { status: 409, title: 'The cluster is read-only', retry: 'never' },
  CREDENTIALS_MISSING: { status: 401, title: 'Credentials are required', retry: 'never' },
  CREDENTIALS_WRONG: { status: 401, title: 'Wrong credentials', retry: 'never' },
  CURSOR_INVALID: { status: 400, title: 'The cursor is not valid', retry: 'never' },
  DEVICE_NOT_IN_RUN: { status: 404, title: 'The run has no such device', retry: 'never' },
  DEVICE_USE_DENIED: { status: 403, title: 'Not allowed to use the devices', retry: 'never' },
  ENDPOINT_METHOD_NOT_ALLOWED: { status: 405, title: 'The endpoint does not take this method', retry: 'never' },
  ENDPOINT_NOT_FOUND: { status: 404, title: 'The service has no such endpoint', retry: 'never' },
  GATEWAY_EXISTS: { status: 409, title: 'The cluster has a gateway already, or its name is taken', retry: 'never' },
  GATEWAY_NOT_FOUND: { status: 404, title: 'No such gateway', retry: 'never' },
  IDEMPOTENCY_IN_FLIGHT: { status: 409, title: 'The first call with this key is still under way', retry: 'later' },
  IDEMPOTENCY_KEY_INVALID: { status: 400, title: 'The idempotency key is not valid', retry: 'never' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key was used for another call', retry: 'never' },
  INTERNAL: { status: 500, title: 'Something went wrong', retry: 'never' },
  INVENTORY_NOT_FOUND: { status: 404, title: 'No such inventory', retry: 'never' },
  LAST_ADMINISTRATOR: { status: 409, title: 'The last administrator', retry: 'never' },
  LOCK_NOT_FOUND: { status: 404, title: 'Nobody holds this lock', retry: 'never' },
  LOGIN_UNAVAILABLE: { status: 503, title: 'The identity provider does not answer', retry: 'later' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'The media type is not supported', retry: 'never' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here', retry: 'never' },
  PARAMETER_INVALID: { status: 400, title: 'A query or path parameter is not valid', retry: 'never' },
  PARAMS_INVALID: { status: 400, title: 'The params do not fit the inputs of the service', retry: 'never' },
  PERMISSION_DENIED: { status: 403, title: 'Not allowed', retry: 'never' },
  PRECONDITION_FAILED: { status: 412, title: 'The item changed since it was read', retry: 'never' },
  PRINCIPAL_REVOKED: { status: 403, title: 'The account or its credential was revoked', retry: 'never' },
  QUEUE_FULL: { status: 429, title: 'Too many jobs wait', retry: 'later' },
  RATE_LIMITED: { status: 429, title: 'Too many calls', retry: 'later' },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such address', retry: 'never' },
  RUN_CYCLE: { status: 409, title: 'The service is in the chain already', retry: 'never' },
  RUN_DEPTH: { status: 409, title: 'The chain of runs is too long', retry: 'never' },
  RUN_DESCENDANTS: { status: 409, title: 'Too many runs below the first one', retry: 'never' },
  RUN_ENDED: { status: 409, title: 'The run has ended already', retry: 'never' },
  RUN_NOT_ENDED: { status: 409, title: 'The run has not ended yet', retry: 'later' },
  RUN_NOT_FOUND: { status: 404, title: 'No such run', retry: 'never' },
  SCHEDULE_ENABLED: { status: 409, title: 'The schedule is enabled', retry: 'never' },
  SERVICE_ACCOUNT_DISABLED: { status: 409, title: 'The service account is disabled', retry: 'never' },
  SERVICE_ACCOUNT_NOT_FOUND: { status: 404, title: 'No such service account', retry: 'never' },
  SERVICE_DISABLED: { status: 409, title: 'The service is disabled', retry: 'never' },
  SERVICE_GROUP_DEFAULT: { status: 409, title: 'The default service group belongs to its cluster', retry: 'never' },
  SERVICE_GROUP_EXISTS: { status: 409, title: 'The name of the service group is taken', retry: 'never' },
  SERVICE_GROUP_NOT_FOUND: { status: 404, title: 'No such service group', retry: 'never' },
  SERVICE_IN_MAINTENANCE: { status: 503, title: 'The service is in maintenance', retry: 'later' },
  SERVICE_NOT_FOUND: { status: 404, title: 'No such service', retry: 'never' },
  SERVICE_RUN_DENIED: { status: 403, title: 'Not allowed to run the service', retry: 'never' },
  STEP_NOT_WAITING: { status: 409, title: 'The step does not wait for an approval', retry: 'never' },
  STORE_FULL: { status: 503, title: 'Redis is nearly full', retry: 'later' },
  STORE_POLICY_WRONG: { status: 503, title: 'Redis may drop what it holds', retry: 'never' },
  STORE_UNAVAILABLE: { status: 503, title: 'Redis does not answer', retry: 'later' },
  TARGETS_EMPTY: { status: 400, title: 'No device to run on', retry: 'never' },
  TARGETS_UNKNOWN: { status: 400, title: 'Some targets are not known', retry: 'never' },
  TOO_MANY_LOGINS: { status: 429, title: 'Too many wrong passwords', retry: 'later' },
  TOO_MANY_TARGETS: { status: 400, title: 'Too many devices for one run', retry: 'never' },
  USER_EXISTS: { status: 409, title: 'The user exists already', retry: 'never' },
  USER_NOT_FOUND: { status: 404, title: 'No such user', retry: 'never' },

  ADDRESS_FORBIDDEN: { status: 403, title: 'The address may not be called', retry: 'never' },
  APPROVAL_REJECTED: { status: 409, title: 'A person said no', retry: 'never' },
  APPROVAL_TIMEOUT: { status: 504, title: 'Nobody said yes in time', retry: 'never' },
  AUTHENTICATION_FAILED: { status: 502, title: 'The device refused the credentials', retry: 'never' },
  COMMAND_FAILED: { status: 502, title: 'The command failed', retry: 'later' },
  CONNECTION_LOST: { status: 502, title: 'The connection was lost', retry: 'later' },
  CONNECTION_REFUSED: { status: 502, title: 'The device refused the connection', retry: 'later' },
  CONNECTION_TIMEOUT: { status: 504, title: 'The device did not answer in time', retry: 'later' },
  CONVERSION_FAILED: { status: 502, title: 'The output could not be converted', retry: 'never' },
  CREDENTIAL_NOT_FOUND: { status: 502, title: 'No credential for the device', retry: 'never' },
  DELIVERY_FAILED: { status: 502, title: 'The receiver did not take the notification', retry: 'later' },
  DEVICE_DELETED: { status: 502, title: 'The device was deleted before its turn', retry: 'never' },
  DEVICE_TIMEOUT: { status: 504, title: 'The device took longer than the time-out', retry: 'later' },
  DEVICE_UNREACHABLE: { status: 502, title: 'The device could not be reached', retry: 'later' },
  EXPRESSION_INVALID: { status: 502, title: 'An expression could not be evaluated', retry: 'never' },
  HOST_KEY_CHANGED: { status: 502, title: 'The host key is not the known one', retry: 'never' },
  HOST_KEY_UNKNOWN: { status: 502, title: 'The host key is not known', retry: 'never' },
  LOCK_HELD_ABOVE: { status: 409, title: 'A run that waits for this one holds the lock', retry: 'never' },
  LOCK_LOST: { status: 409, title: 'The lock was lost while the device was in work', retry: 'never' },
  MAIL_REFUSED: { status: 502, title: 'The mail server did not take the mail', retry: 'later' },
  OUTPUT_TOO_LARGE: { status: 502, title: 'The output is larger than the limit', retry: 'never' },
  PROCESS_FAILED: { status: 502, title: 'The program failed', retry: 'later' },
  PROCESS_NOT_STARTED: { status: 502, title: 'The program could not be started', retry: 'never' },
  PROMPT_NOT_FOUND: { status: 502, title: 'The prompt of the device was not seen', retry: 'later' },
  RESPONSE_UNEXPECTED: { status: 502, title: 'The HTTP response is not the expected one', retry: 'later' },
  ROLLOUT_STOPPED: { status: 409, title: 'Too many devices of the rollout failed', retry: 'never' },
  RUN_CANCELLED: { status: 409, title: 'The run was cancelled', retry: 'never' },
  RUN_EXPIRED: { status: 504, title: 'The run did not begin or end in time', retry: 'never' },
  RUN_FAILED: { status: 502, title: 'The run did not succeed', retry: 'never' },
  RUN_TIMEOUT: { status: 504, title: 'The run took longer than its time-out', retry: 'never' },
  SERVICE_TYPE_UNKNOWN: { status: 502, title: 'The worker does not run this type of service', retry: 'never' },
  SOURCE_UNAVAILABLE: { status: 502, title: 'The files of the service are not there', retry: 'later' },
  STEP_FAILED: { status: 502, title: 'A step of the workflow failed', retry: 'never' },
  TEMPLATE_INVALID: { status: 502, title: 'A template could not be rendered', retry: 'never' },
  VALIDATION_FAILED: { status: 502, title: 'The result did not pass the validation', retry: 'later' },
  WORKER_LOST: { status: 502, title: 'The worker was lost while the device was in work', retry: 'never' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;

/** One wrong place in a body or a file: a JSON pointer and what would be right. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
  /** The file it stands in, for catalog files. */
  readonly file?: string;
}

export interface ErrorExtras {
  /** Every wrong place, when there are several. */
  readonly errors?: readonly FieldError[];
  /** Seconds after which the same call may succeed. */
  readonly retryAfter?: number;
  /** Further members of the problem document. They never replace the standard ones. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class: what it means is its code. Its `message` is meant for the caller, so it holds no secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = extras.errors;
    this.retryAfter = extras.retryAfter;
    this.extensions = extras.extensions ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** True for an error of the register, also when it came from another copy of this module. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in ERRORS;
}
