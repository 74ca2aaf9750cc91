import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import {
  type Attempt,
  DEVICE_STATE_LETTERS,
  type DeviceResult,
  deviceStateOf,
  type FinalDeviceState,
  type JsonObject,
  type JsonValue,
  type RunError,
} from '@runyard/domain';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** An output longer than this is compressed and kept beside the rows, so that lists stay quick. */
const ROW_OUTPUT_CHARS_MAX = 4_096;

/**
 * A row is a JSON list: name, state letter, start in ms, duration in ms, attempts, result, error, fields, history.
 * The last three may be absent. An output that is an object or a list stands in a list of its own, and an object
 * in its place says that the output lies elsewhere.
 */
type Row = [
  string,
  string,
  number,
  number,
  number,
  JsonValue?,
  (RunError | 0)?,
  (JsonObject | 0)?,
  (readonly Attempt[])?,
];

export interface EncodedRow {
  readonly row: string;
  /** The compressed output; null when it is in the row. */
  readonly large: Promise<Buffer> | null;
}

const LARGE = { large: true };

/** Waits for nothing unless the output is large: most rows of a batch are ready at once. */
export function encodeRow(result: DeviceResult): EncodedRow {
  const { output, large } = splitOutput(result.result);
  const row: JsonValue[] = [
    result.name,
    DEVICE_STATE_LETTERS[result.state],
    result.startedAtMs,
    result.durationMs,
    result.attempts,
    output,
  ];
  const hasFields = Object.keys(result.fields).length > 0;
  if (result.error || hasFields || result.history.length > 0) {
    row.push((result.error ?? 0) as JsonValue, hasFields ? result.fields : 0);
    if (result.history.length > 0) row.push(result.history as unknown as JsonValue);
  }
  return { row: JSON.stringify(row), large };
}

function splitOutput(result: JsonValue): { output: JsonValue; large: Promise<Buffer> | null } {
  if (
    typeof result === 'string' ? result.length <= ROW_OUTPUT_CHARS_MAX : typeof result !== 'object' || result === null
  ) {
    return { output: result, large: null };
  }
  const text = JSON.stringify(result);
  if (text.length <= ROW_OUTPUT_CHARS_MAX) return { output: [result], large: null };
  return { output: LARGE, large: deflate(text) };
}

/** Decodes a row; `output` gives the large output of this row when there is one. */
export async function decodeRow(text: string, output: () => Promise<Buffer | null>): Promise<DeviceResult> {
  const [name, letter, startedAtMs, durationMs, attempts, stored = null, error, fields, history] = JSON.parse(
    text,
  ) as Row;
  return {
    name,
    state: deviceStateOf(letter) as FinalDeviceState,
    startedAtMs,
    durationMs,
    attempts,
    result: await joinOutput(stored, output),
    error: error || null,
    fields: fields || {},
    history: history ?? [],
  };
}

async function joinOutput(stored: JsonValue, output: () => Promise<Buffer | null>): Promise<JsonValue> {
  if (Array.isArray(stored)) return stored[0] ?? null;
  if (typeof stored !== 'object' || stored === null) return stored;
  const compressed = await output();
  return compressed ? (JSON.parse((await inflate(compressed)).toString()) as JsonValue) : null;
}
