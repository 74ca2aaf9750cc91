import type { IncomingMessage } from 'node:http';
import { expect, it } from '@jest/globals';
import { readPreferences } from './prefer.ts';

it.each([
  [undefined, { waitSeconds: null, respondAsync: false }],
  ['wait=10', { waitSeconds: 10, respondAsync: false }],
  ['respond-async, Wait="5"', { waitSeconds: 5, respondAsync: true }],
  ['wait=1, wait=9', { waitSeconds: 1, respondAsync: false }],
  ['wait=-1', { waitSeconds: null, respondAsync: false }],
  ['wait=99999999999999', { waitSeconds: null, respondAsync: false }],
  ['handling=lenient', { waitSeconds: null, respondAsync: false }],
])('reads the preferences %p', (prefer, preferences) => {
  expect(readPreferences({ headers: { prefer } } as unknown as IncomingMessage)).toEqual(preferences);
});
