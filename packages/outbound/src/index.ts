export { type AddressPolicy, type AddressRules, createAddressPolicy, isLoopback } from './address-policy.ts';
export type { ResolveName } from './checked-lookup.ts';
export { type CheckedTarget, connectChecked } from './connect-checked.ts';
export { type Connections, createConnections } from './connections.ts';
export { createNotificationSender, type NotificationSenderOptions } from './notification-sender.ts';
export { createLineageSigner, LINEAGE_HEADER, type LineageSigner } from './sign-lineage.ts';
export { signMessage } from './sign-message.ts';
export { urlProblem } from './url-problem.ts';
