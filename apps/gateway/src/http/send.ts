import type { ServerResponse } from 'node:http';

/** Sends a JSON body. Written without Express's `res.json`, which computes an entity tag of each body. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

/** Sends a text of the given media type. */
export function sendText(response: ServerResponse, status: number, mediaType: string, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/** Answers without a body. */
export function sendNothing(response: ServerResponse, status = 204): void {
  response.statusCode = status;
  response.end();
}
