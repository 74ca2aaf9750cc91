export type { ApiKeysClient, AuditClient, AuditQuery, UsersClient } from './accounts.ts';
export {
  type CatalogClient,
  type ClientOptions,
  createClient,
  type LocksClient,
  type RunyardClient,
} from './client.ts';
export { ClientError, type TransportCode } from './client-error.ts';
export type { RunEvent, RunEventsOptions } from './run-events.ts';
export type {
  CreateOptions,
  NewRun,
  RerunOptions,
  RunListQuery,
  RunsClient,
  StepListQuery,
  WaitOptions,
} from './runs.ts';
export type { Fetch, Login } from './transport.ts';
