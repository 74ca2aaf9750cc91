import { describe, expect, it } from '@jest/globals';
import { parsePingSummary, summarize } from './ping-summary.ts';

describe('parsePingSummary', () => {
  it.each([
    [
      'iputils',
      '3 packets transmitted, 3 received, 0% packet loss, time 402ms\nrtt min/avg/max/mdev = 0.033/0.040/0.050/0.007 ms\n',
      { sent: 3, received: 3, lossPercent: 0, rttMs: { min: 0.033, avg: 0.04, max: 0.05 } },
    ],
    [
      'iputils with losses and a pipe',
      '3 packets transmitted, 1 received, +2 errors, 66.6667% packet loss, time 2030ms\nrtt min/avg/max/mdev = 3000.1/3000.1/3000.1/0.000 ms, pipe 3',
      { sent: 3, received: 1, lossPercent: 66.7, rttMs: { min: 3000.1, avg: 3000.1, max: 3000.1 } },
    ],
    [
      'BusyBox',
      '2 packets transmitted, 2 packets received, 0% packet loss\nround-trip min/avg/max = 0.054/0.066/0.078 ms\n',
      { sent: 2, received: 2, lossPercent: 0, rttMs: { min: 0.054, avg: 0.066, max: 0.078 } },
    ],
    [
      'macOS',
      '3 packets transmitted, 2 packets received, 33.3% packet loss\nround-trip min/avg/max/stddev = 0.041/0.055/0.068/0.011 ms\n',
      { sent: 3, received: 2, lossPercent: 33.3, rttMs: { min: 0.041, avg: 0.055, max: 0.068 } },
    ],
    [
      'nothing received',
      '3 packets transmitted, 0 received, 100% packet loss, time 2039ms\n\n',
      { sent: 3, received: 0, lossPercent: 100, rttMs: null },
    ],
    [
      'duplicates',
      '1 packets transmitted, 2 packets received, 1 duplicates, 0% packet loss\n',
      { sent: 1, received: 1, lossPercent: 0, rttMs: null },
    ],
  ])('reads %s', (_, output, expected) => {
    expect(
      parsePingSummary(`PING r1 (192.0.2.1) 56(84) bytes of data.\n\n--- r1 ping statistics ---\n${output}`),
    ).toEqual(expected);
  });

  it('gives nothing without a summary', () => {
    expect(parsePingSummary('ping: r1: Name or service not known')).toBeNull();
  });
});

describe('summarize', () => {
  it('counts answers and times', () => {
    expect(summarize([1, null, 2.00049])).toEqual({
      sent: 3,
      received: 2,
      lossPercent: 33.3,
      rttMs: { min: 1, avg: 1.5, max: 2 },
    });
    expect(summarize([null])).toEqual({ sent: 1, received: 0, lossPercent: 100, rttMs: null });
  });
});
