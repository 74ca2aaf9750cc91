import type { GatewaySettings } from '../gateway-dependencies.ts';
import { sendText } from '../http/send.ts';
import { createOpenApi } from '../openapi.ts';
import type { Handler, Route } from '../route.ts';

/** `GET /openapi.json`: made when it is first asked for, because the table that it shows holds this route too. */
export function getOpenApi({ version }: GatewaySettings, routes: () => readonly Route[]): Handler {
  let text: string | undefined;
  return ({ response }) => {
    text ??= JSON.stringify(createOpenApi(routes(), { version, description: 'Runs services on fleets of devices.' }));
    sendText(response, 200, 'application/json; charset=utf-8', text);
  };
}
