import type { ServerResponse } from 'node:http';
import express, { type Router } from 'express';

/** Where the dashboard is served. */
const DASHBOARD_PATH = '/dashboard';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/**
 * Serves the built dashboard. Its files hold nothing secret, so they need no login: the page logs in to the API. An
 * address without a file is one of the page's own, so it gets the page.
 */
export function createDashboard(folder: string): Router {
  const router = express.Router();
  router.use(DASHBOARD_PATH, (request, response, next) => {
    request.operation = { path: DASHBOARD_PATH, tag: 'dashboard' };
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('Cache-Control', 'no-cache');
    next();
  });
  // Names of assets carry a hash of their content; the page that names them is asked for each time.
  const keepAsset = (response: ServerResponse): void => {
    response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
  };
  const assets = { setHeaders: keepAsset, cacheControl: false, fallthrough: false };
  router.use(`${DASHBOARD_PATH}/assets`, express.static(`${folder}/assets`, assets));
  router.use(DASHBOARD_PATH, express.static(folder, { index: 'index.html', cacheControl: false }));
  router.get(`${DASHBOARD_PATH}/{*page}`, (_request, response) => {
    response.sendFile('index.html', { root: folder, cacheControl: false });
  });
  return router;
}
