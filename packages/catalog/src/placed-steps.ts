import { type ServiceDocument, toService } from '@runyard/contracts';
import {
  type RunServiceStep,
  type Service,
  WORKFLOW_TYPE,
  type WorkflowSettings,
  type WorkflowStep,
} from '@runyard/domain';

/** A step of a workflow, also one within a `for-each`, and where it stands in the document. */
export interface PlacedStep {
  readonly step: WorkflowStep;
  /** A JSON pointer such as `/steps/2/step`. */
  readonly pointer: string;
}

/** What a workflow is made of, be it a valid document or stored; undefined for a service that is none. */
export function workflowOf(item: ServiceDocument | Service): WorkflowSettings | undefined {
  if (item.type !== WORKFLOW_TYPE) return undefined;
  const { settings } = isStored(item) ? item : toService(item);
  return settings as unknown as WorkflowSettings;
}

/** Every step of a workflow; none for a service that is none. */
export function placedSteps(item: ServiceDocument | Service): PlacedStep[] {
  return (workflowOf(item)?.steps ?? []).flatMap((step, index) => {
    const placed = { step, pointer: `/steps/${index}` };
    return step.type === 'for-each' ? [placed, { step: step.step, pointer: `${placed.pointer}/step` }] : [placed];
  });
}

/** A step that runs another service. */
interface PlacedCall {
  readonly step: RunServiceStep;
  readonly pointer: string;
}

/** The steps that run another service. */
export function callsOf(item: ServiceDocument | Service): PlacedCall[] {
  return placedSteps(item).flatMap(({ step, pointer }) => (step.type === 'run-service' ? [{ step, pointer }] : []));
}

/** True for a text in which something is put when it is rendered. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** A document has the keys of its type beside the others. */
function isStored(item: ServiceDocument | Service): item is Service {
  return 'settings' in item;
}
