import { sendJson } from '../http/send.ts';
import { principalAnswer } from '../views/account-answer.ts';
import { callerOf, type Handler } from '../route.ts';

/** `GET /v1/me`: as whom the caller is known. */
export function getMe(): Handler {
  return (call) => sendJson(call.response, 200, principalAnswer(callerOf(call)));
}
