import type { NewUserRequest, UserChangeRequest } from '@runyard/contracts';
import { AppError, BUILT_IN_ROLES, type FieldError, type NewAuditEntry } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson, sendNothing } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { userAnswer } from '../views/account-answer.ts';
import { asCaller } from './as-caller.ts';
import { noteDone } from './note-done.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/users`, by name. */
export function listUsers({ accounts }: GatewayDependencies): Handler {
  return async ({ query, response }) => {
    const { cursor, limit } = pageOf(query);
    const page = await accounts.listUsers(cursor, limit);
    sendJson(response, 200, { items: page.items.map(userAnswer), cursor: page.cursor });
  };
}

/** `POST /v1/users`. */
export function createUser(deps: GatewayDependencies): Handler {
  return async (call) => {
    const given = call.body as unknown as NewUserRequest;
    await checkRoles(deps, given.roles);
    const user = await deps.accounts.createUser(given);
    if (!user) throw new AppError('USER_EXISTS', `There is a user with the name '${given.name}' already.`);
    const groups = (user.groups ?? []).join(', ');
    await noteDone(deps, call, 'user.create', user.name, { roles: user.roles.join(', '), ...(groups && { groups }) });
    sendJson(call.response, 201, userAnswer(user));
  };
}

/** `PUT /v1/users/{name}`: changes what is given. */
export function changeUser(deps: GatewayDependencies): Handler {
  return async (call) => {
    const name = call.params['name'] ?? '';
    const change = call.body as unknown as UserChangeRequest;
    await checkRoles(deps, change.roles);
    const before = await deps.accounts.getUser(name);
    const user = await asCaller(deps, call, 'user.change', name, (actor) =>
      deps.accounts.changeUser(actor, name, change),
    );
    if (!user) throw userNotFound(name);
    await noteDone(deps, call, 'user.change', name, changeDetail(change, before ?? {}));
    sendJson(call.response, 200, userAnswer(user));
  };
}

/** `DELETE /v1/users/{name}`. */
export function deleteUser(deps: GatewayDependencies): Handler {
  return async (call) => {
    const name = call.params['name'] ?? '';
    const isDeleted = await asCaller(deps, call, 'user.delete', name, (actor) => deps.accounts.deleteUser(actor, name));
    if (!isDeleted) throw userNotFound(name);
    await noteDone(deps, call, 'user.delete', name);
    sendNothing(call.response);
  };
}

/** What was changed, with roles and groups as they were and as they are now. */
function changeDetail(
  { roles, groups, disabled, ...others }: UserChangeRequest,
  before: { readonly roles?: readonly string[]; readonly groups?: readonly string[] },
): NewAuditEntry['detail'] {
  const changed = Object.keys({ ...others, ...(roles && { roles }), ...(groups && { groups }) });
  if (disabled !== undefined) changed.push('disabled');
  return {
    changed: changed.sort().join(', '),
    ...(roles && { rolesFrom: (before.roles ?? []).join(', '), rolesTo: roles.join(', ') }),
    ...(groups && { groupsFrom: (before.groups ?? []).join(', '), groupsTo: groups.join(', ') }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

/** Throws BODY_INVALID with each role that is neither built in nor in the catalog. */
async function checkRoles({ catalog }: GatewayDependencies, roles: readonly string[] = []): Promise<void> {
  const view = await catalog.view();
  const errors = roles.flatMap((role, index): FieldError[] => {
    const isThere = BUILT_IN_ROLES.has(role) || view.get('role', role) !== undefined;
    return isThere ? [] : [{ path: `/roles/${index}`, message: `there is no role '${role}'` }];
  });
  if (errors.length > 0) throw new AppError('BODY_INVALID', 'Some roles are not in the catalog.', { errors });
}

function userNotFound(name: string): AppError {
  return new AppError('USER_NOT_FOUND', `There is no user with the name '${name.slice(0, 200)}'.`);
}
