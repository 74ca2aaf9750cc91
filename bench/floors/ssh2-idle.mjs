// Node with ssh2 and nothing else. Not TypeScript: what strips its types would be measured too, and takes 12 MB.
import 'ssh2';

// Waiting for the end of whoever started it is what keeps it running.
for (const event of ['disconnect', 'SIGTERM', 'SIGINT']) process.on(event, () => process.exit(0));
