/** True when both are the same as JSON: the order of keys and keys without a value do not count. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  const leftKeys = keysOf(left);
  return (
    leftKeys.length === keysOf(right).length &&
    leftKeys.every((key) => Object.hasOwn(right, key) && isSameJson(left[key], right[key]))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function keysOf(value: Record<string, unknown>): string[] {
  return Object.keys(value).filter((key) => value[key] !== undefined);
}
