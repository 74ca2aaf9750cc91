import type { GatewaySettings } from '../gateway-dependencies.ts';
import { sendText } from '../http/send.ts';
import type { Handler } from '../route.ts';

const LINKS: readonly (readonly [string, string])[] = [
  ['/dashboard/', 'Dashboard'],
  ['/openapi.json', 'The API, as an OpenAPI document'],
  ['/queues', 'Queues'],
  ['/metrics', 'Metrics'],
  ['/readyz', 'Is it ready?'],
];

/** `GET /`: a page for whoever opens the address in a browser. */
export function getIndex({ version }: GatewaySettings): Handler {
  const links = LINKS.map(([address, text]) => `<li><a href="${address}">${text}</a></li>`).join('\n');
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Runyard</title>
<h1>Runyard</h1>
<p>Version ${version}</p>
<ul>
${links}
</ul>
</html>
`;
  return ({ response }) => {
    response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    sendText(response, 200, 'text/html; charset=utf-8', page);
  };
}
