/** What a series of probes gave. Round-trip times are null when nothing came back, or are not told. */
export interface PingSummary {
  readonly sent: number;
  readonly received: number;
  readonly lossPercent: number;
  readonly rttMs: { readonly min: number; readonly avg: number; readonly max: number } | null;
}

const COUNTS = /(\d+) packets transmitted, (\d+) (?:packets )?received/;
const TIMES = /(?:rtt|round-trip) min\/avg\/max(?:\/\w+)? = ([\d.]+)\/([\d.]+)\/([\d.]+)/;

/** Reads the summary of the ping programs of iputils, BusyBox and macOS; null when there is none. */
export function parsePingSummary(output: string): PingSummary | null {
  const counts = COUNTS.exec(output);
  if (!counts) return null;
  const sent = Number(counts[1]);
  // Duplicates are counted by some programs.
  const received = Math.min(sent, Number(counts[2]));
  const times = TIMES.exec(output);
  const rttMs = times ? { min: Number(times[1]), avg: Number(times[2]), max: Number(times[3]) } : null;
  return { sent, received, lossPercent: lossPercent(sent, received), rttMs };
}

/** The summary of probes that were timed here; null stands for one without answer. */
export function summarize(probesMs: readonly (number | null)[]): PingSummary {
  const answered = probesMs.filter((probe) => probe !== null);
  const sent = probesMs.length;
  const loss = lossPercent(sent, answered.length);
  if (answered.length === 0) return { sent, received: 0, lossPercent: loss, rttMs: null };
  const sum = answered.reduce((total, probe) => total + probe, 0);
  const rttMs = { min: Math.min(...answered), avg: sum / answered.length, max: Math.max(...answered) };
  return { sent, received: answered.length, lossPercent: loss, rttMs: rounded(rttMs) };
}

function lossPercent(sent: number, received: number): number {
  return sent === 0 ? 100 : Math.round(((sent - received) / sent) * 1000) / 10;
}

function rounded({ min, avg, max }: { min: number; avg: number; max: number }): PingSummary['rttMs'] {
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return { min: round(min), avg: round(avg), max: round(max) };
}
