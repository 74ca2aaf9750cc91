export type { ApiKeyView, NewApiKey } from './api-keys.ts';
export { Argon2Passwords } from './argon2-passwords.ts';
export { type CallCredentials, createIdentity, type Identity, type IdentityOptions } from './create-identity.ts';
export type { IssuedToken } from './login-tokens.ts';
export { MemoryLoginLimiter } from './memory-login-limiter.ts';
export type { ApiKey, IdentityStore, LoginLimiter, Passwords, RandomBytes, User } from './ports.ts';
export type { NewUser, UserChange, UserView } from './users.ts';
