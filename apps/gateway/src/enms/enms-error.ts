import type { Problem } from '@runyard/domain';

export interface EnmsError {
  readonly alert: string;
  readonly error: string;
  readonly request_id: string;
  readonly code: string;
}

/** Texts that eNMS clients know. */
const CONTRACT_TEXTS: ReadonlyMap<string, string> = new Map([
  ['CREDENTIALS_WRONG', 'Wrong Credentials.'],
  ['SERVICE_DISABLED', 'The workflow is disabled.'],
]);

/** The error of an eNMS door: its text stands where eNMS clients look for it. */
export function enmsError({ status, title, detail, code, requestId }: Problem): EnmsError {
  const text = CONTRACT_TEXTS.get(code) ?? withFullStop(title);
  return { alert: `Error ${status} - ${text}`, error: detail, request_id: requestId, code };
}

function withFullStop(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
