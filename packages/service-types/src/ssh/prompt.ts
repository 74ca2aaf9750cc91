import type { Platform } from './platforms.ts';

/** Recognises the prompt of one device in every mode, once it was seen. */
export interface Prompt {
  /** The prompt as it was last seen. */
  readonly text: string;
  matches(line: string): boolean;
}

/** Longer lines are never prompts. Keeps the search for them short. */
const PROMPT_LENGTH_MAX = 300;

export function isPromptLike(line: string, platform: Platform): boolean {
  return line.length <= PROMPT_LENGTH_MAX && platform.promptLike.test(line);
}

/** The prompt of a device that showed this line. `renamed` are further names that it was given since. */
export function learnPrompt(line: string, platform: Platform, renamed: readonly string[] = []): Prompt {
  const text = line.trimEnd();
  const stem = platform.promptStem.exec(text)?.[0] ?? '';
  if (stem === '') return exactly(text);
  const stems = [stem, ...renamed.map((name) => renamedStem(stem, name, platform))];
  const regex = new RegExp(`^(?:${stems.map(escapeRegex).join('|')})${platform.promptRest}`);
  return { text, matches: (candidate) => candidate.length <= PROMPT_LENGTH_MAX && regex.test(candidate) };
}

/** A prompt that the author of the service described. */
export function customPrompt(pattern: RegExp, line: string): Prompt {
  return { text: line.trimEnd(), matches: (candidate) => isCustomPrompt(pattern, candidate) };
}

export function isCustomPrompt(pattern: RegExp, line: string): boolean {
  return line.trim() !== '' && line.length <= PROMPT_LENGTH_MAX && pattern.test(line);
}

/** A prompt such as `$` has nothing that could tell it from output but that it is all there is in the line. */
function exactly(text: string): Prompt {
  return { text, matches: (candidate) => candidate.trimEnd() === text };
}

function renamedStem(stem: string, name: string, platform: Platform): string {
  const user = stem.includes('@') ? stem.slice(0, stem.indexOf('@') + 1) : '';
  return platform.promptStem.exec(`${user}${name}`)?.[0] ?? name;
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
