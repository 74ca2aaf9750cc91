import type { GatewayManagerNewServiceGroup, GatewayManagerServiceGroupChange } from '@runyard/contracts';
import { AppError } from '@runyard/domain';
import type { ServiceGroupChange } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { noteDone } from '../handlers/note-done.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { clusterOfQuery } from './services.ts';
import { serviceGroupAnswer } from './record-answers.ts';

/** `POST /gateway_manager/v1/service-groups`. */
export function createServiceGroup(deps: GatewayDependencies): Handler {
  return async (call) => {
    const body = call.body as unknown as GatewayManagerNewServiceGroup;
    const given = { ...changeOf(body), name: body.name };
    const { group } = await deps.gatewayManager.serviceGroups.create(callerOf(call), body.cluster_id, given);
    await noteDone(deps, call, 'service-group.create', group.id, { name: group.name, cluster: group.cluster });
    sendJson(call.response, 200, { state: 'Success', message: `Service group added: ${group.id}`, id: group.id });
  };
}

/** `GET /gateway_manager/v1/service-groups`. */
export function listServiceGroups({ gatewayManager }: GatewayDependencies): Handler {
  return async (call) => {
    const groups = await gatewayManager.serviceGroups.list(callerOf(call), clusterOfQuery(call));
    sendJson(call.response, 200, { state: 'Success', results: groups.map(serviceGroupAnswer) });
  };
}

/** `GET /gateway_manager/v1/service-groups/{id}`. */
export function getServiceGroup({ gatewayManager }: GatewayDependencies): Handler {
  return async (call) => {
    const group = await gatewayManager.serviceGroups.get(callerOf(call), call.params['id'] ?? '');
    sendJson(call.response, 200, { state: 'Success', result: serviceGroupAnswer(group) });
  };
}

/** `PATCH /gateway_manager/v1/service-groups/{id}`: changes what is given. */
export function changeServiceGroup(deps: GatewayDependencies): Handler {
  return async (call) => {
    const change = changeOf(call.body as unknown as GatewayManagerServiceGroupChange);
    if (Object.keys(change).length === 0) {
      throw new AppError('BODY_INVALID', 'The body changes nothing of a service group.');
    }
    const id = call.params['id'] ?? '';
    const group = await deps.gatewayManager.serviceGroups.change(callerOf(call), id, change);
    await noteDone(deps, call, 'service-group.change', id, { changed: Object.keys(change).sort().join(', ') });
    const message = `Service group updated: ${id}`;
    sendJson(call.response, 200, { state: 'Success', message, result: serviceGroupAnswer(group) });
  };
}

/** `DELETE /gateway_manager/v1/service-groups/{id}`. */
export function deleteServiceGroup(deps: GatewayDependencies): Handler {
  return async (call) => {
    const id = call.params['id'] ?? '';
    const group = await deps.gatewayManager.serviceGroups.remove(callerOf(call), id);
    await noteDone(deps, call, 'service-group.delete', id);
    const message = `Service group deleted: ${id}`;
    sendJson(call.response, 200, { state: 'Success', message, result: serviceGroupAnswer(group) });
  };
}

function changeOf({ name, description, services, groups }: GatewayManagerServiceGroupChange): ServiceGroupChange {
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(services === undefined ? {} : { services }),
    ...(groups === undefined ? {} : { groups }),
  };
}
