import type { GatewayManagerNewCertificate } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { noteDone } from '../handlers/note-done.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { certificateAnswer } from './record-answers.ts';

/** `POST /gateway_manager/v1/certificates`. */
export function createCertificate(deps: GatewayDependencies): Handler {
  return async (call) => {
    const body = call.body as unknown as GatewayManagerNewCertificate;
    const { raw_certificate: pem, contract_id: contractId = '', alias = '' } = body;
    const { id, host } = await deps.gatewayManager.certificates.create({ pem, contractId, alias });
    await noteDone(deps, call, 'certificate.create', id, { host });
    const counts = { insertedCount: 0, matchedCount: 0, modifiedCount: 0, deletedCount: 0, upsertedCount: 1 };
    const results = { acknowledged: true, ...counts, insertedIds: {}, upsertedIds: { 0: id } };
    sendJson(call.response, 200, { state: 'Success', results });
  };
}

/** `GET /gateway_manager/v1/certificates`. */
export function listCertificates({ gatewayManager }: GatewayDependencies): Handler {
  return async (call) => {
    const certificates = await gatewayManager.certificates.list(callerOf(call));
    sendJson(call.response, 200, { state: 'Success', results: certificates.map(certificateAnswer) });
  };
}

/** `GET /gateway_manager/v1/certificates/{id}`. */
export function getCertificate({ gatewayManager }: GatewayDependencies): Handler {
  return async (call) => {
    const certificate = await gatewayManager.certificates.get(callerOf(call), call.params['id'] ?? '');
    sendJson(call.response, 200, { state: 'Success', results: certificateAnswer(certificate) });
  };
}

/** `PUT /gateway_manager/v1/certificates/{id}`: another alias. The answer has no wrapper. */
export function changeCertificate(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { alias } = call.body as { alias: string };
    const id = call.params['id'] ?? '';
    const certificate = await deps.gatewayManager.certificates.rename(callerOf(call), id, alias);
    await noteDone(deps, call, 'certificate.change', id, { alias });
    sendJson(call.response, 200, certificateAnswer(certificate));
  };
}

/** `DELETE /gateway_manager/v1/certificates/{id}`. The answer has no wrapper. */
export function deleteCertificate(deps: GatewayDependencies): Handler {
  return async (call) => {
    const id = call.params['id'] ?? '';
    const certificate = await deps.gatewayManager.certificates.remove(callerOf(call), id);
    await noteDone(deps, call, 'certificate.delete', id);
    sendJson(call.response, 200, certificateAnswer(certificate));
  };
}
