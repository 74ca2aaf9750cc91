export { createExpressions, type EvaluatedExpressions } from './expressions.ts';
export { createTemplates } from './templates.ts';
export { withinTime } from './time-limit.ts';
