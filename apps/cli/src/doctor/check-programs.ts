import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findRedisServer, installHint } from '@runyard/redis';
import { compareVersions, type Finding, ok, problem, warning } from './check.ts';

/** Asks a program for its version: the first line that it prints, or undefined when it cannot be started. */
export type AskVersion = (program: string, args: readonly string[]) => Promise<string | undefined>;

const ANSWER_MS_MAX = 10_000;
const NODE_MIN = '20.19';
const NODE_FAST = '22.0';
const REDIS_MIN = '6.2';

export const askVersion: AskVersion = async (program, args) => {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { timeout: ANSWER_MS_MAX });
    return `${stdout}\n${stderr}`.trim().split('\n')[0];
  } catch {
    return undefined;
  }
};

export function checkNode(version: string): Finding {
  if (compareVersions(version, NODE_MIN) < 0) {
    return problem('Node', version, `Install Node ${NODE_MIN} or newer; 24 is the best choice.`);
  }
  if (compareVersions(version, NODE_FAST) < 0) {
    return warning('Node', version, 'Works; on Node 24 the gateway answers three times as many requests.');
  }
  return ok('Node', version);
}

/** The server that `up` would start. A configured Redis elsewhere makes it unimportant. */
export async function checkRedisServer(path: string | undefined, ask: AskVersion): Promise<Finding> {
  const title = 'Redis server on this machine';
  const found = findRedisServer(path);
  if (!found) return warning(title, 'none', `Install one for runyard up: ${installHint(path)}`);
  const answer = await ask(found.program, ['--version']);
  const version = /v=(\d[\d.]*)/.exec(answer ?? '')?.[1];
  if (version === undefined) return problem(title, `${found.program} does not say its version`);
  if (compareVersions(version, REDIS_MIN) < 0) {
    return problem(title, `${found.program} ${version}`, `Version ${REDIS_MIN} or newer is needed.`);
  }
  return ok(title, `${found.program} ${version}`);
}

interface Program {
  readonly title: string;
  /** The first that is there counts. */
  readonly names: readonly string[];
  readonly args: readonly string[];
  readonly without: string;
}

const PROGRAMS: readonly Program[] = [
  { title: 'ssh', names: ['ssh'], args: ['-V'], without: 'Needed by Ansible; SSH services work without it.' },
  { title: 'git', names: ['git'], args: ['--version'], without: 'Needed for code from repositories.' },
  { title: 'Python', names: ['python3'], args: ['--version'], without: 'Needed by services that run Python scripts.' },
  {
    title: 'Ansible',
    names: ['ansible-playbook'],
    args: ['--version'],
    without: 'Needed by services of the type ansible-playbook, on the machines of the workers.',
  },
  {
    title: 'OpenTofu or Terraform',
    names: ['tofu', 'terraform'],
    args: ['version'],
    without: 'Needed by services of the type opentofu-plan, on the machines of the workers.',
  },
];

/** Programs that only some types of services need: their absence is no problem. */
export async function checkPrograms(ask: AskVersion): Promise<Finding[]> {
  return Promise.all(
    PROGRAMS.map(async ({ title, names, args, without }) => {
      for (const name of names) {
        const answer = await ask(name, args);
        if (answer !== undefined) return ok(title, answer);
      }
      return warning(title, 'not found', without);
    }),
  );
}
