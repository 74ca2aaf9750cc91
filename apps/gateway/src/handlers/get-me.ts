import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';

/** `GET /v1/me`: as whom the caller is known. */
export function getMe(): Handler {
  return (call) => {
    const { name, kind, role, credentialId } = callerOf(call);
    sendJson(call.response, 200, { name, kind, role, credentialId });
  };
}
