export { type AddressPolicy, type AddressRules, createAddressPolicy } from './address-policy.ts';
export { type Connections, createConnections, type ResolveName } from './connections.ts';
export { createNotificationSender, type NotificationSenderOptions } from './notification-sender.ts';
export { signMessage } from './sign-message.ts';
export { urlProblem } from './url-problem.ts';
