import { isAppError, type Principal } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { type Call, callerOf } from '../route.ts';

/**
 * Writes to the catalog as the caller. What he may not save is written down, and nothing else of it. What he saved counts
 * for the very next call here.
 */
export async function asEditor<Result>(
  { denials, catalog }: Pick<GatewayDependencies, 'denials' | 'catalog'>,
  call: Call,
  action: string,
  subject: string,
  write: (editor: Principal) => Promise<Result>,
): Promise<Result> {
  const editor = callerOf(call);
  try {
    const result = await write(editor);
    await catalog.view();
    return result;
  } catch (error) {
    if (isAppError(error) && (error.code === 'ACT_AS_DENIED' || error.code === 'PERMISSION_DENIED')) {
      const { name: actor, credentialId: credential } = editor;
      const denial = { actor, credential, reason: `${error.code}: ${error.message}`, action, subject };
      await denials.note(`${action} ${actor} ${subject}`, denial);
    }
    throw error;
  }
}
