import type { TextProblems } from '@runyard/catalog';
import { createExpressions, createTemplates } from '@runyard/expressions';

/** Looks at texts of workflows as workers will read them. */
export function composeTexts(): TextProblems {
  const expressions = createExpressions();
  const templates = createTemplates();
  return { expression: (text) => expressions.problem(text), template: (text) => templates.problem(text) };
}
