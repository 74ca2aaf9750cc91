import {
  type CatalogChange,
  type CatalogStore,
  type CatalogView,
  type Clock,
  isAppError,
  type SealedStates,
  type SecretBox,
} from '@runyard/domain';
import { CREDENTIAL_SECRETS } from '@runyard/contracts';
import { ATTEMPTS_MAX, isConflict } from './apply-catalog.ts';
import type { ItemName } from './plan-apply.ts';

export interface RotateSecretsDependencies {
  readonly catalog: CatalogStore;
  readonly secrets: SecretBox;
  readonly states: SealedStates;
  readonly clock: Clock;
}

export interface RotatedSecrets {
  /** Items and states that were sealed anew. */
  readonly resealed: number;
  /** Those that were sealed with the newest key already. */
  readonly current: number;
  /** Those that no key of this process opens; they stay as they are. */
  readonly unreadable: readonly string[];
  /** False when the time was over before all were looked at: the next call goes on. */
  readonly isComplete: boolean;
}

export type RotateSecrets = () => Promise<RotatedSecrets>;

/** Items in one write: others write in between, and a crash loses nothing that was done. */
const ITEMS_AT_ONCE = 50;
/** One call answers in time; whoever calls again goes on where it ended. */
const TIME_MS_MAX = 20_000;

/**
 * Seals everything that is sealed with an older key with the newest one, in small steps. What is done is seen from the
 * sealed texts themselves, so that a call after a crash goes on, and two calls at once do no harm.
 */
export function createRotateSecrets({ catalog, secrets, states, clock }: RotateSecretsDependencies): RotateSecrets {
  return async () => {
    const endMs = clock.nowMs() + TIME_MS_MAX;
    let resealed = 0;
    const unreadable = new Set<string>();
    for (let conflicts = 0; ;) {
      const view = await catalog.view();
      const { changes, left, broken } = nextChanges(view, secrets);
      for (const { kind, name } of broken) unreadable.add(`${kind} ${name}`);
      if (changes.length === 0) break;
      try {
        await catalog.write(changes, view.revision);
        resealed += changes.length;
        conflicts = 0;
      } catch (error) {
        conflicts += 1;
        if (!isConflict(error) || conflicts >= ATTEMPTS_MAX) throw error;
      }
      if (left && clock.nowMs() > endMs)
        return { resealed, current: 0, unreadable: [...unreadable], isComplete: false };
    }
    let current = sealedItems(await catalog.view()).length - resealed - unreadable.size;
    let cursor: string | null = null;
    do {
      const step = await states.reseal(cursor);
      resealed += step.resealed;
      current += step.current;
      for (const name of step.unreadable) unreadable.add(`state ${name}`);
      ({ cursor } = step);
      if (cursor !== null && clock.nowMs() > endMs) break;
    } while (cursor !== null);
    return { resealed, current: Math.max(0, current), unreadable: [...unreadable], isComplete: cursor === null };
  };
}

type SealedItem = Extract<CatalogChange, { kind: 'secret' | 'credential'; action: 'put' }>;

/** Items with a sealed value, as changes that leave them as they are. */
function sealedItems(view: CatalogView): SealedItem[] {
  const items: SealedItem[] = [];
  for (const name of view.names('secret')) {
    const stored = view.get('secret', name);
    if (stored) items.push({ kind: 'secret', action: 'put', item: stored.item });
  }
  for (const name of view.names('credential')) {
    const stored = view.get('credential', name);
    if (stored && sealedTexts(stored.item).length > 0)
      items.push({ kind: 'credential', action: 'put', item: stored.item });
  }
  return items;
}

function sealedTexts(item: SealedItem['item']): string[] {
  if ('value' in item) return [item.value.sealed];
  return CREDENTIAL_SECRETS.flatMap((key) => {
    const value = item[key];
    return value && 'sealed' in value ? [value.sealed] : [];
  });
}

function nextChanges(view: CatalogView, secrets: SecretBox) {
  const changes: CatalogChange[] = [];
  const broken: ItemName[] = [];
  let left = false;
  for (const change of sealedItems(view)) {
    if (sealedTexts(change.item).every((text) => secrets.isCurrent?.(text) ?? true)) continue;
    if (changes.length >= ITEMS_AT_ONCE) {
      left = true;
      break;
    }
    const anew = resealed(change, secrets);
    if (anew) changes.push(anew);
    else broken.push({ kind: change.kind, name: change.item.name });
  }
  return { changes, broken, left };
}

/** The item with its values sealed by the newest key; null when one of them cannot be opened. */
function resealed(change: SealedItem, secrets: SecretBox): SealedItem | null {
  const anew = <Value>(value: Value): Value => {
    const isSealed = typeof value === 'object' && value !== null && 'sealed' in value;
    if (!isSealed || typeof value.sealed !== 'string' || secrets.isCurrent?.(value.sealed)) return value;
    return { ...value, sealed: secrets.seal(secrets.open(value.sealed)) };
  };
  try {
    if (change.kind === 'secret') return { ...change, item: { ...change.item, value: anew(change.item.value) } };
    const sealed = CREDENTIAL_SECRETS.filter((key) => change.item[key] !== undefined);
    const values = Object.fromEntries(sealed.map((key) => [key, anew(change.item[key])]));
    return { ...change, item: { ...change.item, ...values } };
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}
