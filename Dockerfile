# One image for the gateway, the workers and the command line; the command says which one it is.

FROM node:24-bookworm AS build
WORKDIR /app
COPY . .
# What the image runs on is its own Node, so the packages that carry one are left out, and what only a build needs too.
RUN npm ci --include=dev --no-audit --no-fund \
 && npm run --silent build \
 && npm prune --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/node-linux-* packages/testkit node_modules/@runyard/testkit apps/*/src apps/*/test packages/*/src packages/*/test

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ansible-core ca-certificates git iputils-ping openssh-client python3 python3-pip python3-venv sshpass \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node -m 0750 /var/lib/runyard
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/apps ./apps
COPY --from=build /app/examples ./examples
COPY --from=build /app/deploy/health.mjs ./deploy/health.mjs
ENV NODE_ENV=production \
    RUNYARD_HOST=0.0.0.0 \
    RUNYARD_PORT=3000 \
    RUNYARD_DATA=/var/lib/runyard
USER node
VOLUME /var/lib/runyard
EXPOSE 3000
# Asks the worker's port when one is set, else the gateway's.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "deploy/health.mjs"]
CMD ["node", "apps/gateway/dist/main.js"]
