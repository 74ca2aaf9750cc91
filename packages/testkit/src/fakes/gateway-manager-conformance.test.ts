import { describe, expect, it } from '@jest/globals';
import { gatewayManagerStoreConformance } from '../conformance/gateway-manager-store.ts';
import { MemoryGatewayManagerStore } from './memory-gateway-manager-store.ts';

describe('gateways in memory', () => {
  it.each(gatewayManagerStoreConformance)('$title', async ({ check }) => {
    await expect(check(new MemoryGatewayManagerStore())).resolves.toBeUndefined();
  });
});
