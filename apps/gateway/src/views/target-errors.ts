import type { RunRequest as RunRequestBody } from '@runyard/contracts';
import { AppError, type FieldError } from '@runyard/domain';

/** Wrong targets that are told at most. */
const ERRORS_MAX = 1_000;

/** The error for targets that are not known: each with its place in the body. */
export function unknownTargets(body: RunRequestBody, texts: readonly string[]): AppError {
  const unknown = new Set(texts);
  const errors: FieldError[] = [];
  const look = (list: readonly string[] | undefined, field: string, textOf: (name: string) => string): void => {
    for (const [index, name] of (list ?? []).entries()) {
      const message = textOf(name);
      if (unknown.has(message)) errors.push({ path: `/${field}/${index}`, message });
    }
  };
  look(body.devices, 'devices', (name) => `No device with the name '${name}'`);
  look(body.ipAddresses, 'ipAddresses', (address) => `No device with the IP address '${address}'`);
  look(body.pools, 'pools', (name) => `No pool with the name '${name}'`);
  const others = texts.length > 1 ? ` (and ${texts.length - 1} more)` : '';
  return new AppError('TARGETS_UNKNOWN', `${texts[0] ?? 'A target is not known'}${others}.`, {
    errors: errors.slice(0, ERRORS_MAX),
  });
}
