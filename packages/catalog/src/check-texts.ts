import { evaluatedTexts } from '@runyard/contracts';
import type { JsonValue } from '@runyard/domain';
import type { CatalogDocument, CatalogProblem } from './catalog-document.ts';
import { isTemplate } from './placed-steps.ts';

/** What is wrong with a text that is evaluated when a run is in work; null when nothing can be said against it. */
export interface TextProblems {
  readonly expression: (text: string) => string | null;
  readonly template: (text: string) => string | null;
}

/** Templates and expressions of services, and of the steps of workflows, that can never be evaluated. */
export function checkTexts(documents: readonly CatalogDocument[], texts: TextProblems): CatalogProblem[] {
  return documents.flatMap(({ kind, document, at }) => {
    if (kind !== 'service') return [];
    return evaluatedTexts('Service', document as unknown as JsonValue).flatMap(({ pointer, text, kind: what }) => {
      // Most texts are no more than a text.
      if (what === 'template' && !isTemplate(text)) return [];
      const problem = texts[what](text);
      const isNo = what === 'expression' ? 'is no expression of JSONata' : 'is no template';
      return problem === null ? [] : [{ ...at(pointer), message: `${isNo}: ${problem}` }];
    });
  });
}
