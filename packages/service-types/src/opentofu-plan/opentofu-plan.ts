import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OpentofuPlanSettings } from '@runyard/contracts';
import {
  deviceError,
  isJsonObject,
  type JsonObject,
  type ServiceType,
  type Task,
  type TaskOutcome,
} from '@runyard/domain';
import type { Environment } from '../process/environment.ts';
import { findProgram } from '../process/find-program.ts';
import type { ProcessResult } from '../process/run-process.ts';
import { type AttemptFolder, createAttemptFolders } from '../program/attempt-folder.ts';
import { failed, failureText, programFields, returnCode } from '../program/program-outcome.ts';
import { isThere, sourceFile, workingFolder } from '../program/source-paths.ts';
import { runTaskProgram } from '../program/start-task.ts';
import { taskSecrets, taskVariables } from '../program/task-input.ts';
import { outputsOf, stateAnswer, valuesOf } from './state-answer.ts';
import { StateKeeper } from './state-keeper.ts';
import { TofuMessages } from './tofu-messages.ts';

const GRACE_MS = 10_000;
const ACTIONS = ['plan', 'apply', 'destroy'] as const;
type Action = (typeof ACTIONS)[number];
/** `-detailed-exitcode`: a plan that would change something. */
const CODE_CHANGES = 2;
/** OpenTofu is taken before Terraform. */
export const TOFU_PROGRAMS = ['tofu', 'terraform'] as const;

export interface OpentofuPlanOptions {
  /** Where each attempt gets a folder of its own; created when it is not there. */
  readonly workRoot: string;
  readonly inherited?: Environment;
}

/** The service type `opentofu-plan`. Its state is kept between runs and is in the hands of one run at a time. */
export function createOpentofuPlan({ workRoot, inherited = {} }: OpentofuPlanOptions): ServiceType {
  const folders = createAttemptFolders(workRoot);
  /** After its signal fired a run still writes its state. */
  const underway = new Set<Promise<unknown>>();
  return {
    name: 'opentofu-plan',
    run(task) {
      const work = folders.use(task, async (folder) => new TofuRun(folder, task, inherited).run());
      underway.add(work);
      work.finally(() => underway.delete(work)).catch(() => undefined);
      return work;
    },
    async stop() {
      await Promise.allSettled(underway);
    },
  };
}

class TofuRun {
  private readonly folder: AttemptFolder;
  private readonly task: Task;
  private readonly inherited: Environment;
  private readonly settings: OpentofuPlanSettings;
  private readonly cwd: string;
  private readonly action: Action;
  private readonly program: string;
  private readonly stateFile: string;
  private readonly variables: Environment;
  private readonly messages = new TofuMessages();

  constructor(folder: AttemptFolder, task: Task, inherited: Environment) {
    this.folder = folder;
    this.task = task;
    this.inherited = inherited;
    this.settings = task.service.settings as OpentofuPlanSettings;
    this.cwd = workingFolder(folder, task.service);
    this.action = actionOf(task, this.settings);
    const program = findProgram(TOFU_PROGRAMS, inherited);
    if (program === undefined) throw deviceError('PROCESS_NOT_STARTED', 'The worker has neither tofu nor terraform');
    if (!folder.hasSource) throw deviceError('PROCESS_NOT_STARTED', 'It needs a source folder or a repository');
    this.program = program;
    this.stateFile = path.join(folder.home, 'runyard.tfstate');
    this.variables = {
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      TF_CLI_CONFIG_FILE: '/dev/null',
      TF_DATA_DIR: path.join(folder.home, 'tofu-data'),
      ...taskVariables({ env: this.settings.runtime?.env }, task),
    };
  }

  async run(): Promise<TaskOutcome> {
    const { task, settings } = this;
    if (settings.backendConfig !== undefined) return this.work(null);
    const kept = await task.keptState(this.stateName);
    const keeper = new StateKeeper(this.stateFile, kept, task.log);
    try {
      await keeper.begin(await this.initialState());
      try {
        return await this.work(keeper);
      } finally {
        await keeper.end();
      }
    } finally {
      await kept.release();
    }
  }

  private async work(keeper: StateKeeper | null): Promise<TaskOutcome> {
    const { task, action } = this;
    const init = await this.call(['init', '-input=false', '-no-color', ...(await this.backendArguments())]);
    if (returnCode(init) !== 0) return this.failure(init, `${this.program} init`);
    const isPlan = action === 'plan' || task.check;
    const result = await this.call([
      ...(isPlan ? this.planCommand() : this.applyCommand()),
      ...(await this.commonArguments(keeper)),
    ]);
    const code = returnCode(result);
    const hasWorked = code === 0 || (isPlan && code === CODE_CHANGES);
    // What was made before it failed is in the state, and its outputs can be read.
    const outputs = isPlan ? {} : await this.outputs(keeper);
    await keeper?.end();
    const fields: JsonObject = {
      ...programFields({ ...result, exitCode: hasWorked ? 0 : result.exitCode }, task, { stdout: true }),
      stdout: this.messages.text,
      action: isPlan ? 'plan' : action,
      changes: this.messages.changes,
      ...(isPlan ? {} : { state_file: stateAnswer(keeper?.content ?? null, outputs) }),
    };
    if (!hasWorked) return this.failure(result, this.program, fields);
    const answer = isPlan
      ? { changes: this.messages.changes, planned: this.messages.planned, has_changes: code === CODE_CHANGES }
      : { outputs: valuesOf(outputs), changes: this.messages.changes };
    return { success: true, result: answer, fields };
  }

  private planCommand(): string[] {
    const destroy = this.action === 'destroy' ? ['-destroy'] : [];
    return ['plan', ...destroy, '-detailed-exitcode'];
  }

  private applyCommand(): string[] {
    return ['apply', ...(this.action === 'destroy' ? ['-destroy'] : []), '-auto-approve'];
  }

  private async commonArguments(keeper: StateKeeper | null): Promise<string[]> {
    const { settings, task, folder, cwd } = this;
    const args = ['-json', '-input=false', ...(keeper ? [`-state=${this.stateFile}`] : [])];
    if (keeper && this.action !== 'plan' && !task.check) args.push('-backup=-');
    for (const name of settings.varFiles ?? [])
      args.push(`-var-file=${await sourceFile(folder, cwd, name, 'varFiles')}`);
    const { vars } = settings;
    if (isJsonObject(vars)) args.push(`-var-file=${await this.variableFile('vars', vars)}`);
    else for (const text of (vars as readonly string[] | undefined) ?? []) args.push(`-var=${text}`);
    const { action: _action, ...params } = task.params;
    args.push(`-var-file=${await this.variableFile('params', params)}`);
    return args;
  }

  /** In a file a value may have any form and length, nothing in it is an expression, and nobody sees it in a list of processes. */
  private variableFile(name: string, values: JsonObject): Promise<string> {
    const set = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
    return this.folder.writePrivate(`${name}.tfvars.json`, JSON.stringify(Object.fromEntries(set)));
  }

  private async backendArguments(): Promise<string[]> {
    const { backendConfig } = this.settings;
    if (backendConfig === undefined) return [];
    if (typeof backendConfig === 'string') {
      return [`-backend-config=${await sourceFile(this.folder, this.cwd, backendConfig, 'backendConfig')}`];
    }
    return [`-backend-config=${await this.folder.writePrivate('backend.json', JSON.stringify(backendConfig))}`];
  }

  private async outputs(keeper: StateKeeper | null): Promise<JsonObject> {
    const state = keeper ? [`-state=${this.stateFile}`] : [];
    const result = await this.call(['output', '-json', '-no-color', ...state], true);
    return returnCode(result) === 0 ? outputsOf(result.stdout) : {};
  }

  private call(args: readonly string[], isQuiet = false): Promise<ProcessResult> {
    const { task, messages } = this;
    return runTaskProgram(this.folder, task, {
      file: this.program,
      args,
      cwd: this.cwd,
      variables: this.variables,
      inherited: this.inherited,
      graceMs: this.settings.graceMs ?? GRACE_MS,
      // It lets tofu write its state and let go of its locks.
      killSignalFirst: 'SIGINT',
      secrets: taskSecrets({}, task),
      onLine: (line) => {
        const text = isQuiet ? null : messages.add(line);
        if (text !== null && text !== '') task.log(text);
      },
    });
  }

  private failure(result: ProcessResult, what: string, fields?: JsonObject): TaskOutcome {
    const text = this.messages.error ?? failureText(result, what);
    const all = fields ?? { ...programFields(result, this.task, { stdout: true }), stdout: this.messages.text };
    return failed(null, 'PROCESS_FAILED', text.slice(0, 2_000), all);
  }

  /** One state for each name, and for each device where the service runs on devices. */
  private get stateName(): string {
    const { service, device } = this.task;
    const { stateFile = 'terraform.tfstate' } = this.settings;
    return [service.name, stateFile, ...(device ? [device.name] : [])].join('/');
  }

  private async initialState(): Promise<string | null> {
    const { stateFile = 'terraform.tfstate' } = this.settings;
    if (!(await isThere(path.join(this.cwd, stateFile)))) return null;
    return readFile(await sourceFile(this.folder, this.cwd, stateFile, 'stateFile'), 'utf8');
  }
}

function actionOf({ params }: Task, settings: OpentofuPlanSettings): Action {
  const wanted = params['action'] ?? settings.action;
  const action = ACTIONS.find((known) => known === wanted);
  if (action !== undefined) return action;
  const why = wanted === undefined ? 'There is no action' : `'${JSON.stringify(wanted).slice(0, 100)}' is no action`;
  throw deviceError('PROCESS_NOT_STARTED', `${why}; the param action is apply, destroy or plan`);
}
