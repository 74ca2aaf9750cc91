export const MASK = '***';

const LENGTH_MIN = 6;
const LENGTH_MAX = 16_384;

/**
 * Secret values that must not appear in any line. Looking for all of them costs the same as for one:
 * each place of a text is compared by its first three characters only, and rarely by more.
 */
export class SecretValues {
  private readonly sizeMax: number;
  /** Each value with the forms in which it may be written. The oldest is first. */
  private readonly forms = new Map<string, readonly string[]>();
  private readonly byStart = new Map<number, string[]>();

  constructor(sizeMax = 1_000) {
    this.sizeMax = sizeMax;
  }

  /** Values shorter than 6 characters are not taken: masking them would make lines unreadable. The oldest give way. */
  remember(value: string): void {
    if (value.length < LENGTH_MIN || value.length > LENGTH_MAX) return;
    const known = this.forms.get(value);
    if (known) {
      this.forms.delete(value);
      this.forms.set(value, known);
      return;
    }
    if (this.forms.size >= this.sizeMax) this.forgetOldest();
    const forms = [...new Set([value, JSON.stringify(value).slice(1, -1), asInAddress(value)])];
    this.forms.set(value, forms);
    for (const form of forms) this.add(form);
  }

  isIn(text: string): boolean {
    if (this.forms.size === 0) return false;
    for (let at = 0; at + LENGTH_MIN <= text.length; at += 1) if (this.formAt(text, at)) return true;
    return false;
  }

  mask(text: string): string {
    if (this.forms.size === 0) return text;
    const parts: string[] = [];
    let copiedTo = 0;
    for (let at = 0; at + LENGTH_MIN <= text.length; at += 1) {
      const form = this.formAt(text, at);
      if (form === undefined) continue;
      parts.push(text.slice(copiedTo, at), MASK);
      copiedTo = at + form.length;
      at = copiedTo - 1;
    }
    return copiedTo === 0 ? text : [...parts, text.slice(copiedTo)].join('');
  }

  private formAt(text: string, at: number): string | undefined {
    return this.byStart.get(startOf(text, at))?.find((form) => text.startsWith(form, at));
  }

  private add(form: string): void {
    const start = startOf(form, 0);
    // The longest first, so that a secret that begins like another one is hidden to its end.
    const same = [...(this.byStart.get(start) ?? []), form].sort((a, b) => b.length - a.length);
    this.byStart.set(start, same);
  }

  private forgetOldest(): void {
    const [oldest] = this.forms;
    if (!oldest) return;
    this.forms.delete(oldest[0]);
    for (const form of oldest[1]) {
      const start = startOf(form, 0);
      const others = this.byStart.get(start) ?? [];
      const at = others.indexOf(form);
      if (at >= 0) others.splice(at, 1);
      if (others.length === 0) this.byStart.delete(start);
    }
  }
}

/** Three characters as one small number. Two different starts may give the same one. */
function startOf(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16);
}

function asInAddress(value: string): string {
  // Half of a surrogate pair has no such form.
  return /\p{Surrogate}/u.test(value) ? value : encodeURIComponent(value);
}

const processSecrets = new SecretValues();

/** The secrets that this process knows. */
export function knownSecrets(): SecretValues {
  return processSecrets;
}

/** Masks the value in every line that this process logs from now on, wherever it stands. */
export function rememberSecret(value: string): void {
  processSecrets.remember(value);
}
