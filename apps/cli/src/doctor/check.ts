/** What one check found. `advice` says what to do, when something is to be done. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly title: string;
  readonly detail: string;
  readonly advice?: string;
}

export function ok(title: string, detail: string): Finding {
  return { level: 'ok', title, detail };
}

export function warning(title: string, detail: string, advice?: string): Finding {
  return { level: 'warning', title, detail, ...(advice === undefined ? {} : { advice }) };
}

export function problem(title: string, detail: string, advice?: string): Finding {
  return { level: 'problem', title, detail, ...(advice === undefined ? {} : { advice }) };
}

/** -1, 0 or 1 for dotted version numbers; what is missing counts as 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
