/** Microseconds since the epoch as `2026-11-21 00:23:15.311665`, UTC. */
export function runtimeText(createdAtUs: number): string {
  const [date, time] = new Date(Math.floor(createdAtUs / 1_000)).toISOString().split('T');
  const micros = String(createdAtUs % 1_000_000).padStart(6, '0');
  return `${date} ${time?.slice(0, 8)}.${micros}`;
}

const RUNTIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\.(\d{6})$/;

/** The microseconds behind such a text, null when it is none. */
export function parseRuntimeText(text: string): number | null {
  const parts = RUNTIME.exec(text);
  if (!parts) return null;
  const seconds = Date.parse(`${parts[1]}T${parts[2]}Z`);
  return Number.isNaN(seconds) ? null : seconds * 1_000 + Number(parts[3]);
}

/** Milliseconds as `0:00:01`, whole seconds; days are counted in hours. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000));
  const part = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3_600)}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}`;
}

/** Milliseconds since the epoch as a time of RFC 3339; null stays null. */
export function timeText(timeMs: number): string;
export function timeText(timeMs: number | null): string | null;
export function timeText(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
