import { expect } from '@jest/globals';
import { createValidator, type SchemaName } from '@runyard/contracts';
import { type Answer, type CallOptions, startGateway, type TestGateway } from './start-gateway.ts';

export const V1 = '/gateway_manager/v1';
export const olga = { login: 'olga:secret' };
const validator = createValidator();

/** A gateway with the cluster `default`, which real catalogs have always. */
export async function startGatewayManager(): Promise<TestGateway> {
  const gateway = await startGateway();
  const { revision } = await gateway.catalog.view();
  await gateway.catalog.write([{ kind: 'cluster', action: 'put', item: { name: 'default' } }], revision);
  return gateway;
}

/** Calls the API and compares each answer with the contract. */
export function gatewayManagerClient(gateway: () => TestGateway) {
  return {
    /** A call whose answer has status 200 and the shape of the contract. */
    ok: async (schema: SchemaName, path: string, options: CallOptions = {}): Promise<Answer['json']> => {
      const { status, json, text } = await gateway().call(path, options);
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
      expect(validator.check(schema, json)).toEqual([]);
      return json;
    },
    /** A call that is refused, in the form of the contract: its status and text. */
    refused: async (path: string, options: CallOptions = {}): Promise<[number, string]> => {
      const { status, json } = await gateway().call(path, options);
      expect(Object.keys(json)).toEqual(['domain', 'message']);
      expect(json.domain).toBe('gateway_manager');
      return [status, json.message];
    },
  };
}
