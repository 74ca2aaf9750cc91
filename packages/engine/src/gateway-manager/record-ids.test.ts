import { describe, expect, it } from '@jest/globals';
import { defaultGroupIdOf, gatewayIdOf, serviceIdOf } from './record-ids.ts';

describe('ids', () => {
  it('of a service are UUIDs of version 5, the same at each call', () => {
    const id = serviceIdOf('ams', 'show');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(serviceIdOf('ams', 'show')).toBe(id);
    // Clients keep these ids: another text here would break them.
    expect(id).toBe('f4a19a8d-97fc-5334-ba9c-e49b4cdcbc46');
  });

  it('tell clusters and services apart', () => {
    const ids = [serviceIdOf('a', 'b:c'), serviceIdOf('a.b', 'c'), serviceIdOf('b', 'a'), serviceIdOf('a', 'b')];
    expect(new Set(ids).size).toBe(4);
  });

  it('of gateways and groups have 24 hex digits', () => {
    for (const id of [gatewayIdOf('ams'), defaultGroupIdOf('ams')]) expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(gatewayIdOf('ams')).not.toBe(defaultGroupIdOf('ams'));
  });
});
