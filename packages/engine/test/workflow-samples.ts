import {
  type ForEachStep,
  type IfStep,
  type JsonValue,
  type RunServiceStep,
  type Service,
  WORKFLOW_TYPE,
  type WorkflowSettings,
  type WorkflowStep,
  type WorkStep,
} from '@runyard/domain';
import { sampleService } from '@runyard/testkit';

/** Work of the type `test`, with the id as its mark. */
export function workStep(id: string, changes: Partial<WorkStep> = {}): WorkStep {
  const service = sampleService('', { type: 'test', settings: { mark: id } });
  return { id, type: 'work', onError: 'fail', service, ...changes };
}

/** A step that runs the service of its name and waits for the end. */
export function runService(id: string, changes: Partial<RunServiceStep> = {}): RunServiceStep {
  return {
    id,
    type: 'run-service',
    onError: 'fail',
    service: id,
    mode: 'wait',
    timeZone: 'inherit',
    params: {},
    onParentClose: 'cancel',
    ...changes,
  };
}

export function forEach(
  id: string,
  values: readonly JsonValue[] | string,
  step: ForEachStep['step'],
  changes: Partial<ForEachStep> = {},
): ForEachStep {
  return { id, type: 'for-each', onError: 'fail', values, as: 'value', step, ...changes };
}

/** Goes the first way when the expression is true, else the second one. */
export function ifStep(id: string, when: string, [yes, no]: readonly [IfStep['then'], IfStep['else']]): IfStep {
  // oxlint-disable-next-line unicorn/no-thenable -- a key of the step
  return { id, type: 'if', onError: 'fail', when, then: yes, else: no };
}

/** The mark of a piece of work that `workStep` made. */
export function markOf({ settings }: Pick<Service, 'settings'>): string {
  return typeof settings['mark'] === 'string' ? settings['mark'] : '';
}

/** A workflow that runs once, when nothing else is said. */
export function workflowService(
  name: string,
  steps: readonly WorkflowStep[],
  settings: Partial<WorkflowSettings> = {},
  changes: Partial<Service> = {},
): Service {
  return sampleService(name, {
    type: WORKFLOW_TYPE,
    runMethod: 'once',
    settings: { steps, ...settings } as unknown as Service['settings'],
    ...changes,
  });
}
