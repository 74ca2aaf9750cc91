import {
  type JsonObject,
  type JsonValue,
  type Service,
  type WorkflowSettings,
  type WorkflowStep,
} from '@runyard/domain';
import type { ServiceDocument } from './catalog/service.ts';
import { NO_STEP } from './catalog/step-parts.ts';
import { keyInStep, keyOfType, workStepKeys } from './catalog/work-step.ts';
import { controlStepSchema, WORKFLOW_KEYS } from './catalog/workflow.ts';
import { fromDomainKeys, toDomainKeys } from './domain-keys.ts';

type ToService = (document: ServiceDocument) => Service;
type FromService = (service: Service) => ServiceDocument;

/** What each valid step has. */
interface StepDocument extends JsonObject {
  type: string;
  /** Absent in a step that is repeated under the id of its `for-each`. */
  id?: string;
}

/** Keys of a step that name steps which follow. */
const EDGES = ['onSuccess', 'onFailure', 'then', 'else'] as const;
/** Keys that a step has beside those that make its service. */
const OF_STEP = ['description', 'onSuccess', 'onFailure', 'onError', 'result'] as const;

/** Steps know no names of schemas: what repeats is mapped by hand. */
const lookup = () => undefined;

/** The settings of a valid workflow as the domain has them: defaults filled in, edges as lists, work as services. */
export function toWorkflowSettings(settings: JsonObject, toService: ToService): JsonObject {
  const steps = (settings['steps'] ?? []) as JsonValue[] as StepDocument[];
  return { ...settings, steps: steps.map((step) => toStep(step, step.id ?? '', toService)) };
}

/** The keys of a workflow as people write them, with every default spelled out. */
export function fromWorkflow(common: JsonObject, settings: JsonObject, fromService: FromService): JsonObject {
  const { steps } = settings as unknown as WorkflowSettings;
  const written = Object.entries(common).filter(([key]) => WORKFLOW_KEYS.includes(key));
  return { ...Object.fromEntries(written), ...settings, steps: steps.map((step) => fromStep(step, fromService)) };
}

function toStep(step: StepDocument, id: string, toService: ToService): JsonObject {
  const { type } = step;
  const schema = controlStepSchema(type);
  if (!schema) return toWorkStep(step, id, toService);
  const mapped = toDomainKeys(schema, step, lookup) as JsonObject;
  const common = { ...mapped, ...edgesIn(step), id, onError: step['onError'] ?? 'fail' };
  switch (type) {
    case 'run-service': {
      const mode = step['mode'] ?? 'wait';
      const defaults = { mode, timeZone: 'default', params: {}, onParentClose: mode === 'wait' ? 'cancel' : 'abandon' };
      return { ...defaults, ...common };
    }
    case 'if':
      return { else: [], ...common };
    case 'for-each': {
      const inner = step['step'] as StepDocument;
      return { as: 'item', ...common, step: toStep(inner, inner.id ?? id, toService) };
    }
    default:
      return common;
  }
}

function toWorkStep(step: StepDocument, id: string, toService: ToService): JsonObject {
  const { type } = step;
  const keys = workStepKeys(type);
  const work = Object.entries(step).filter(([key]) => keys.has(key));
  const document = Object.fromEntries(work.map(([key, value]) => [keyOfType(type, key), value]));
  const service = toService({ ...document, name: id, type });
  const base = Object.fromEntries(OF_STEP.filter((key) => step[key] !== undefined).map((key) => [key, step[key]]));
  return { onError: 'fail', ...base, ...edgesIn(step), id, type: 'work', service: service as unknown as JsonObject };
}

function fromStep(step: WorkflowStep, fromService: FromService): JsonObject {
  if (step.type === 'work') return fromWorkStep(step, fromService);
  const written = { ...step, ...edgesOut(step as unknown as JsonObject) } as unknown as JsonObject;
  // These have no key for it.
  if (step.type === 'if' || step.type === 'wait') delete written['onError'];
  if (step.type === 'for-each') written['step'] = fromStep(step.step, fromService);
  return fromDomainKeys(controlStepSchema(step.type) ?? true, written, lookup) as JsonObject;
}

function fromWorkStep(step: Extract<WorkflowStep, { type: 'work' }>, fromService: FromService): JsonObject {
  const { service, ...base } = step;
  const keys = workStepKeys(service.type);
  const work = Object.entries(fromService(service) as unknown as JsonObject)
    .map(([key, value]) => [keyInStep(service.type, key), value] as const)
    .filter(([key]) => keys.has(key));
  return {
    ...Object.fromEntries(work),
    ...(base as unknown as JsonObject),
    ...edgesOut(base as unknown as JsonObject),
    type: service.type,
  };
}

/** The ids behind what a document has: `end` is none. */
function edgesIn(step: JsonObject): JsonObject {
  return mapEdges(step, (ids) => (typeof ids === 'string' ? (ids === NO_STEP ? [] : [ids]) : ids));
}

function edgesOut(step: JsonObject): JsonObject {
  return mapEdges(step, (ids) => {
    if (!Array.isArray(ids)) return ids;
    return ids.length === 0 ? NO_STEP : ids.length === 1 ? (ids[0] ?? NO_STEP) : ids;
  });
}

function mapEdges(step: JsonObject, map: (ids: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(
    EDGES.flatMap((key) => {
      const ids = step[key];
      return ids === undefined ? [] : [[key, map(ids)] as const];
    }),
  );
}
