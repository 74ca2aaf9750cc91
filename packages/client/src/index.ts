export {
  type CatalogClient,
  type ClientOptions,
  createClient,
  type LocksClient,
  type MeAnswer,
  type RunyardClient,
} from './client.ts';
export { ClientError, type TransportCode } from './client-error.ts';
export type { RunEvent, RunEventsOptions } from './run-events.ts';
export type { CreateOptions, NewRun, RunListQuery, RunsClient, WaitOptions } from './runs.ts';
export type { Fetch, Login } from './transport.ts';
