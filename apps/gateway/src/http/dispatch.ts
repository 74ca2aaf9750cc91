import { AppError } from '@runyard/domain';
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Route } from '../route.ts';
import { sendNothing } from './send.ts';

export interface Dispatcher {
  readonly handler: RequestHandler;
  /** By the first two parts of the path, such as `/v1/runs`. */
  readonly routers: ReadonlyMap<string, Router>;
}

/**
 * Finds the route of a request: a look-up by the first two parts of the path leads to a small Express router, so that
 * the number of routes costs nothing. Addresses with another method answer 405, unknown ones 404.
 */
export function createDispatcher(routes: readonly Route[], handle: (route: Route) => RequestHandler): Dispatcher {
  const routers = new Map<string, Router>();
  for (const [group, members] of groupsOf(routes)) {
    const router = express.Router({ caseSensitive: true });
    for (const route of members) router[route.method](expressPath(route.path), handle(route));
    for (const [path, allowed] of methodsByPath(members)) {
      // Which methods an endpoint of a service takes only its handler knows.
      const own = members.find((route) => route.path === path && route.access === 'service');
      router.all(expressPath(path), own ? handle(own) : refuseMethod(allowed));
    }
    routers.set(group, router);
  }
  return {
    routers,
    handler(request, response, next) {
      const router = routers.get(groupOf(request.url));
      if (router) router(request, response, next);
      else next();
    },
  };
}

/** `/v1/runs/{id}` → `/v1/runs/:id`. */
function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** The first two parts of the path of a URL, without its query. */
function groupOf(url: string): string {
  const query = url.indexOf('?');
  const end = query === -1 ? url.length : query;
  const second = url.indexOf('/', 1);
  if (second === -1 || second >= end) return url.slice(0, end);
  const third = url.indexOf('/', second + 1);
  const cut = third === -1 || third > end ? end : third;
  // `/healthz/` is `/healthz`.
  return url.slice(0, cut === second + 1 ? second : cut);
}

function groupsOf(routes: readonly Route[]): Map<string, Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const group = groupOf(route.path);
    if (group.includes('{')) throw new Error(`the first two parts of ${route.path} must be fixed`);
    const members = groups.get(group);
    if (members) members.push(route);
    else groups.set(group, [route]);
  }
  return groups;
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? [];
    known.push(...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    methods.set(path, known);
  }
  return methods;
}

function refuseMethod(allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ');
  return (request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') sendNothing(response);
    else next(new AppError('METHOD_NOT_ALLOWED', `${request.method} is not possible here, only ${allow}.`));
  };
}
