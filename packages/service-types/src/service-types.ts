import type { Converters, Log, ServiceType, Templates } from '@runyard/domain';
import { createConverters } from './convert/converters.ts';
import { createExecutable } from './executable/executable.ts';
import { createHttpRequest } from './http-request/http-request.ts';
import { createNoOp } from './no-op/no-op.ts';
import { createPing } from './ping/ping.ts';
import type { Environment } from './process/environment.ts';
import { createBundleCache } from './source-bundle/bundle-cache.ts';
import { createSshCommand } from './ssh-command/ssh-command.ts';
import { createTemplates } from './templates/templates.ts';

export interface ServiceTypesOptions {
  readonly log: Log;
  /** Where programs get a folder for each attempt. */
  readonly workRoot: string;
  /** Where bundles are unpacked; workers on one machine may share it. */
  readonly bundleFolder: string;
  readonly knownHostsFile: string;
  readonly httpAllowCidrs: readonly string[];
  readonly httpDenyCidrs: readonly string[];
  /** The packed bundle with this hash; null when it is not stored. */
  readonly fetchBundle: (hash: string) => Promise<Uint8Array | null>;
  /** The worker's environment: programs get PATH, LANG, LC_ALL and TZ of it. Without it there are defaults. */
  readonly inherited?: Environment;
}

/** What a worker needs to run services. */
export interface ServiceTypes {
  readonly types: ReadonlyMap<string, ServiceType>;
  readonly templates: Templates;
  readonly converters: Converters;
  /** The folder with the files of a bundle, to be read only. */
  readonly sourceFolder: (bundle: string) => Promise<string>;
}

/** All types of services. Nothing is opened before the first run; each type is stopped by whoever asked for them. */
export function createServiceTypes(options: ServiceTypesOptions): ServiceTypes {
  const { log, workRoot, bundleFolder, knownHostsFile, httpAllowCidrs, httpDenyCidrs, fetchBundle } = options;
  const environment = options.inherited === undefined ? {} : { inherited: options.inherited };
  const bundles = createBundleCache({ folder: bundleFolder, fetch: fetchBundle });
  // A new type of service is one more line here.
  const types = [
    createExecutable({ workRoot, ...environment }),
    createHttpRequest({ allowCidrs: httpAllowCidrs, denyCidrs: httpDenyCidrs }),
    createNoOp(),
    createPing(environment),
    createSshCommand({ knownHostsFile, log }),
  ];
  return {
    types: new Map(types.map((type) => [type.name, type])),
    templates: createTemplates(),
    converters: createConverters(),
    sourceFolder: (bundle) => bundles.folder(bundle),
  };
}
