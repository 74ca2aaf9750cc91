import type { GroupSchema } from './schema-type.ts';

/** The identity provider at which people may log in. */
export const OIDC_SETTINGS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    issuer: {
      type: 'string',
      description:
        'Address of the OpenID Connect provider at which people may log in. Unset: only passwords. Goes with the client id and the address to come back to.',
      format: 'login-url',
      env: 'RUNYARD_OIDC_ISSUER',
      usedBy: 'gateway',
    },
    clientId: {
      type: 'string',
      description: 'Name by which the provider knows this installation.',
      minLength: 1,
      env: 'RUNYARD_OIDC_CLIENT_ID',
      usedBy: 'gateway',
    },
    clientSecret: {
      type: 'string',
      description: 'Secret of that client. Unset for a public client.',
      secret: true,
      minLength: 1,
      env: 'RUNYARD_OIDC_CLIENT_SECRET',
      usedBy: 'gateway',
    },
    redirectUrl: {
      type: 'string',
      description:
        'Where the provider sends people back: `/v1/session/oidc/callback` of the gateway as browsers reach it.',
      format: 'login-url',
      env: 'RUNYARD_OIDC_REDIRECT_URL',
      usedBy: 'gateway',
    },
    scope: {
      type: 'string',
      description:
        'What is asked for at the provider. Some tell groups only for a scope of their own, such as `groups`.',
      default: 'openid profile',
      format: 'login-scope',
      env: 'RUNYARD_OIDC_SCOPE',
      usedBy: 'gateway',
    },
    groupsClaim: {
      type: 'string',
      description: 'Claim that lists the groups of a user.',
      default: 'groups',
      minLength: 1,
      env: 'RUNYARD_OIDC_GROUPS_CLAIM',
      usedBy: 'gateway',
    },
    nameClaim: {
      type: 'string',
      description: 'Claim that is the name of a user.',
      default: 'preferred_username',
      minLength: 1,
      env: 'RUNYARD_OIDC_NAME_CLAIM',
      usedBy: 'gateway',
    },
    roles: {
      type: 'array',
      items: { type: 'string' },
      description: 'Roles that every user of the provider gets, beside those of the groups.',
      default: [],
      env: 'RUNYARD_OIDC_ROLES',
      usedBy: 'gateway',
    },
  },
} as const satisfies GroupSchema;
