/** A shorter one would be found in places where it is no secret: common words are. */
const CHARS_MIN = 10;
const FINDINGS_SHOWN_MAX = 20;

/** What shows by its form alone that it is one of our secrets, planted or not. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['an API key', /ry_[0-9A-Za-z]{40}(?![0-9A-Za-z])/],
  ['a login token', /rt_[0-9a-f]{16}_[0-9A-Za-z]{43}(?![0-9A-Za-z])/],
  ['a signed lineage', /v1\.eyJ[\w-]{20,}\.[\w-]{43}(?![\w-])/],
];

interface LookOptions {
  /** False for the one answer that shows a key or token to whoever asked for it. */
  readonly byForm?: boolean;
}

/** Looks for secrets in everything that it is shown. */
export interface SecretWatch {
  /** From now on nothing may hold this value. Values too short to be told from ordinary words are left alone. */
  plant(name: string, value: string | Uint8Array): void;
  look(place: string, content: string | Buffer, options?: LookOptions): void;
  /** Throws an Error that names what was found and where, and repeats none of it. */
  assertNothingFound(): void;
}

export function createSecretWatch(): SecretWatch {
  const planted = new Map<string, string>();
  const findings = new Set<string>();
  return {
    plant(name, value) {
      const bytes = Buffer.from(value);
      if (bytes.length < CHARS_MIN) return;
      for (const form of spellings(bytes)) planted.set(form, name);
    },
    look(place, content, { byForm = true } = {}) {
      // One character for each byte, so that what is no text is searched as well.
      const text = Buffer.from(content).toString('latin1');
      for (const [spelling, name] of planted) {
        if (text.includes(spelling)) findings.add(`${name} in ${place}`);
      }
      for (const [name, form] of byForm ? FORMS : []) {
        if (form.test(text)) findings.add(`${name} in ${place}`);
      }
    },
    assertNothingFound() {
      if (findings.size === 0) return;
      const shown = [...findings].slice(0, FINDINGS_SHOWN_MAX);
      const more = findings.size > shown.length ? `\n… and ${findings.size - shown.length} more` : '';
      throw new Error(`secrets were found where none may be:\n${shown.join('\n')}${more}`);
    },
  };
}

/** The ways in which a value could have slipped out, as text of one character for each byte. */
function spellings(value: Buffer): ReadonlySet<string> {
  const text = value.toString('latin1');
  const utf8 = value.toString('utf8');
  const isText = Buffer.from(utf8).equals(value);
  const asText = isText ? [JSON.stringify(utf8).slice(1, -1), encodeURIComponent(utf8)] : [];
  return new Set([
    text,
    value.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => base64Inside(value, offset)),
    ...asText.map((form) => Buffer.from(form).toString('latin1')),
  ]);
}

/** What is the same in every base64 text in which the value begins so many bytes after a multiple of three. */
function base64Inside(value: Buffer, offset: number): string[] {
  const whole = Buffer.concat([Buffer.alloc(offset), value]);
  const bytes = whole.subarray(0, whole.length - (whole.length % 3));
  const skipped = offset === 0 ? 0 : 4;
  return [bytes.toString('base64').slice(skipped), bytes.toString('base64url').slice(skipped)];
}
