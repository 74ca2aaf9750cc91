import type { Converters, Log, ServiceType, Templates } from '@runyard/domain';
import { createExpressions, createTemplates, type EvaluatedExpressions } from '@runyard/expressions';
import { createAnsiblePlaybook } from './ansible-playbook/ansible-playbook.ts';
import { createConverters } from './convert/converters.ts';
import { createExecutable } from './executable/executable.ts';
import { createGitSource, type GitSource } from './git-source/git-source.ts';
import { createHttpRequest } from './http-request/http-request.ts';
import { createMail } from './mail/mail.ts';
import { createNoOp } from './no-op/no-op.ts';
import { createOpentofuPlan, TOFU_PROGRAMS } from './opentofu-plan/opentofu-plan.ts';
import { createPing } from './ping/ping.ts';
import type { Environment } from './process/environment.ts';
import { findProgram } from './process/find-program.ts';
import { createPythonEnvironments } from './python-script/python-environments.ts';
import { createPythonScript } from './python-script/python-script.ts';
import { createBundleCache } from './source-bundle/bundle-cache.ts';
import { createSshCommand } from './ssh-command/ssh-command.ts';

export interface ServiceTypesOptions {
  readonly log: Log;
  /** Where programs get a folder for each attempt. */
  readonly workRoot: string;
  /** Where bundles are unpacked; workers on one machine may share it. */
  readonly bundleFolder: string;
  /** Where git mirrors and checkouts are kept; workers on one machine may share it. */
  readonly gitFolder: string;
  /** Where virtual environments of Python are kept; workers on one machine may share it. */
  readonly pythonFolder: string;
  readonly knownHostsFile: string;
  readonly httpAllowCidrs: readonly string[];
  readonly httpDenyCidrs: readonly string[];
  /** Where services reach gateways of this installation. */
  readonly gatewayUrls?: readonly string[];
  /** The packed bundle with this hash; null when it is not stored. */
  readonly fetchBundle: (hash: string) => Promise<Uint8Array | null>;
  /** The worker's environment: programs get PATH, LANG, LC_ALL and TZ of it. Without it there are defaults. */
  readonly inherited?: Environment;
}

/** What a worker needs to run services. */
export interface ServiceTypes {
  readonly types: ReadonlyMap<string, ServiceType>;
  readonly templates: Templates;
  readonly expressions: EvaluatedExpressions;
  readonly converters: Converters;
  /** The folder with the files of a bundle, to be read only. */
  readonly sourceFolder: (bundle: string) => Promise<string>;
  /** The folder with the files of a repository at the commit of a run, to be read only. */
  readonly repositoryFolder: GitSource['folder'];
}

/**
 * All types of services that this machine can run: those whose program is not there are left out, so that the worker
 * does not say that it runs them. Nothing is opened before the first run; each type is stopped by whoever asked for them.
 */
export function createServiceTypes(options: ServiceTypesOptions): ServiceTypes {
  const { log, workRoot, bundleFolder, gitFolder, knownHostsFile, httpAllowCidrs, httpDenyCidrs, fetchBundle } =
    options;
  const { inherited = {}, pythonFolder, gatewayUrls = [] } = options;
  const addresses = { allowCidrs: httpAllowCidrs, denyCidrs: httpDenyCidrs };
  const environment = options.inherited === undefined ? {} : { inherited };
  const bundles = createBundleCache({ folder: bundleFolder, fetch: fetchBundle });
  const git = createGitSource({ folder: gitFolder, knownHostsFile, ...environment });
  const environments = createPythonEnvironments({ folder: pythonFolder, ...environment });
  const hasProgram = (...names: readonly string[]): boolean => findProgram(names, inherited) !== undefined;
  // A new type of service is one more line here.
  const types = [
    ...(hasProgram('ansible-playbook')
      ? [createAnsiblePlaybook({ workRoot, knownHostsFile, environments, ...environment })]
      : []),
    createExecutable({ workRoot, ...environment }),
    createHttpRequest({ ...addresses, gatewayUrls }),
    createMail(addresses),
    createNoOp(),
    ...(hasProgram(...TOFU_PROGRAMS) ? [createOpentofuPlan({ workRoot, ...environment })] : []),
    createPing(environment),
    ...(hasProgram('python3') ? [createPythonScript({ workRoot, environments, ...environment })] : []),
    createSshCommand({ knownHostsFile, log }),
  ];
  return {
    types: new Map(types.map((type) => [type.name, type])),
    templates: createTemplates(),
    expressions: createExpressions(),
    converters: createConverters(),
    sourceFolder: (bundle) => bundles.folder(bundle),
    repositoryFolder: (order) => git.folder(order),
  };
}
