import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';

/** What one task gave on one host. */
interface TaskRow extends JsonObject {
  task: string;
  action: string;
  /** ok, changed, skipped, failed, ignored or unreachable. */
  status: string;
  result: JsonObject;
}

export interface HostEvents {
  readonly tasks: TaskRow[];
  /** Sums of Ansible: ok, changed, failures, unreachable, skipped, rescued, ignored. Null when it was killed. */
  stats: JsonObject | null;
  /** Tasks were left out because there were too many or they were too large. */
  isCut: boolean;
  chars: number;
}

const HOST_CHARS_MAX = 512 * 1024;
const ALL_CHARS_MAX = 64 * 1024 * 1024;

/** Reads what the plugin wrote; what a kill left half written is left out. Bounded for each host and for all. */
export async function readEvents(
  file: string,
  mask: (value: JsonValue) => JsonValue,
): Promise<Map<string, HostEvents>> {
  const hosts = new Map<string, HostEvents>();
  const of = (name: string): HostEvents => {
    const known = hosts.get(name) ?? { tasks: [], stats: null, isCut: false, chars: 0 };
    hosts.set(name, known);
    return known;
  };
  let chars = 0;
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) {
    const event = parse(line);
    if (event?.['event'] === 'stats' && isJsonObject(event['hosts'])) {
      for (const [name, stats] of Object.entries(event['hosts'])) if (isJsonObject(stats)) of(name).stats = stats;
    }
    if (event?.['event'] !== 'result' || typeof event['host'] !== 'string') continue;
    const host = of(event['host']);
    chars += line.length;
    host.chars += line.length;
    const { task, action, status, result } = mask(event) as unknown as TaskRow;
    if (host.chars > HOST_CHARS_MAX || chars > ALL_CHARS_MAX) host.isCut = true;
    else host.tasks.push({ task, action, status, result });
    // The cause of a failure is kept, however large everything else was.
    if (host.isCut && (status === 'failed' || status === 'unreachable')) {
      host.tasks.push({ task, action, status, result: { msg: messageOf(result).slice(0, 2_000) } });
    }
  }
  return hosts;
}

function parse(line: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** What a result says for people. */
export function messageOf(result: JsonObject): string {
  for (const key of ['msg', 'stderr', 'module_stderr', 'reason', 'stdout']) {
    const value = result[key];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    if (Array.isArray(value) || isJsonObject(value)) return JSON.stringify(value);
  }
  return 'no message';
}
