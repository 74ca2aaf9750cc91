export { createApp } from './app.ts';
export type { GatewayDependencies, GatewaySettings } from './gateway-dependencies.ts';
export { createHttpServer, type HttpServer, type HttpServerOptions } from './http/http-server.ts';
export { createMetrics, type GatewayMetrics } from './metrics.ts';
