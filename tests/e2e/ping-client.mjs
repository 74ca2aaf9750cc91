// Another client of the same Redis, with an event loop of its own: a PING each few milliseconds, and how long the longest
// answer took. A message ends it.
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const EVERY_MS = 2;
const socket = connect({ host: '127.0.0.1', port: workerData.port });
const sentMs = [];
const tookMs = [];

socket.on('data', (chunk) => {
  for (const byte of chunk) {
    if (byte !== 0x2b) continue;
    const startMs = sentMs.shift();
    if (startMs !== undefined) tookMs.push(performance.now() - startMs);
  }
});
// oxlint-disable-next-line no-restricted-globals -- a client with a pace of its own, not a test that waits
const timer = setInterval(() => {
  if (sentMs.length > 0) return;
  sentMs.push(performance.now());
  socket.write('PING\r\n');
}, EVERY_MS);

parentPort.once('message', () => {
  clearInterval(timer);
  socket.destroy();
  tookMs.sort((a, b) => a - b);
  const at = (share) => tookMs[Math.floor(share * (tookMs.length - 1))] ?? 0;
  parentPort.postMessage({ count: tookMs.length, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) });
});
