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
import type { Handler } from '../route.ts';

/** `POST /v1/catalog/apply`: writes items, all or none; with `dryRun` it only says what would change. */
export function applyCatalog({ catalog, secrets }: GatewayDependencies): Handler {
  const inputs = createInputValidator();
  return async ({ body, response }) => {
    const { catalog: content, bundles = [], dryRun = false } = body as unknown as CatalogApplyRequest;
    const documents = documentsOf(content, '/catalog');
    const applied = await apply({ catalog, secrets, documents, bundles: bundles.map(decode), dryRun, inputs });
    sendJson(response, 200, appliedAnswer(applied, dryRun));
  };
}

export function appliedAnswer(
  { added, changed, unchanged, revision }: AppliedCatalog,
  dryRun: boolean,
): CatalogAppliedAnswer {
  return { added: [...added], changed: [...changed], unchanged, revision, dryRun };
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decode({ hash, content }: { readonly hash: string; readonly content: string }, index: number): Bundle {
  if (BASE64.test(content)) return { hash, content: Buffer.from(content, 'base64') };
  const error = { path: `/bundles/${index}/content`, message: 'is not base64' };
  throw new AppError('BODY_INVALID', `${error.path} ${error.message}`, { errors: [error] });
}
