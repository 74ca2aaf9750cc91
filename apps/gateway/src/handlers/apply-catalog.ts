import { type AppliedCatalog, applyCatalog as apply, documentsOf } from '@runyard/catalog';
import {
  type Bundle,
  type CatalogAppliedAnswer,
  type CatalogApplyRequest,
  createInputValidator,
} from '@runyard/contracts';
import { AppError } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { asEditor } from './as-editor.ts';
import { noteDone } from './note-done.ts';
import { rightsAmong } from './rights-among.ts';

/** `POST /v1/catalog/apply`: writes items, all or none; with `dryRun` it only says what would change. */
export function applyCatalog(deps: GatewayDependencies): Handler {
  const { catalog, secrets, callbackProblem, texts } = deps;
  const inputs = createInputValidator();
  return async (call) => {
    const { catalog: content, bundles = [], dryRun = false, set } = call.body as unknown as CatalogApplyRequest;
    const documents = documentsOf(content, '/catalog');
    const applied = await asEditor(deps, call, 'catalog.apply', 'catalog', (editor) =>
      apply({
        catalog,
        secrets,
        documents,
        bundles: bundles.map(decodeBundle),
        dryRun,
        inputs,
        callbackProblem,
        texts,
        editor,
        ...(set === undefined ? {} : { managedBy: set }),
      }),
    );
    if (!dryRun) await noteApplied(deps, call, 'catalog.apply', applied);
    sendJson(call.response, 200, appliedAnswer(applied, dryRun));
  };
}

export function appliedAnswer(
  { added, changed, unchanged, revision }: AppliedCatalog,
  dryRun: boolean,
): CatalogAppliedAnswer {
  return { added: [...added], changed: [...changed], unchanged, revision, dryRun };
}

/** How much was changed, if anything, and what of it decides on rights; the rest the versions of the items tell. */
export async function noteApplied(
  deps: GatewayDependencies,
  call: Call,
  action: string,
  { added, changed, revision }: AppliedCatalog,
): Promise<void> {
  if (added.length + changed.length === 0) return;
  const counts = { added: added.length, changed: changed.length, revision };
  await noteDone(deps, call, action, 'catalog', { ...counts, ...rightsAmong([...added, ...changed]) });
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A bundle of a request. Throws BODY_INVALID when its content is not base64. */
export function decodeBundle(
  { hash, content }: { readonly hash: string; readonly content: string },
  index: number,
): Bundle {
  if (BASE64.test(content)) return { hash, content: Buffer.from(content, 'base64') };
  const error = { path: `/bundles/${index}/content`, message: 'is not base64' };
  throw new AppError('BODY_INVALID', `${error.path} ${error.message}`, { errors: [error] });
}
