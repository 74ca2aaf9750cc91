import { type Conversion, type Converters, deviceError, type JsonValue } from '@runyard/domain';
import { TextFsm } from './textfsm.ts';
import { parseXml } from './xml.ts';

/** Deeper data would overflow the stack of whoever walks through it later. */
const DEPTH_MAX = 200;

/** Turns the output of devices into text or data: JSON, XML, TextFSM. */
export function createConverters(): Converters {
  const textFsm = new TextFsm();
  return {
    convert(conversion: Conversion, result: JsonValue, template: string | undefined): JsonValue {
      if (conversion === 'none') return result;
      if (conversion === 'text') return textOf(result);
      // What is data already needs no parser.
      if (typeof result !== 'string' && conversion !== 'textfsm') return result;
      if (conversion === 'json') return parseJson(textOf(result));
      if (conversion === 'xml') return parseXml(textOf(result));
      if (template === undefined) throw deviceError('CONVERSION_FAILED', 'The service has no TextFSM template');
      return textFsm.parse(template, textOf(result));
    },
  };
}

function textOf(result: JsonValue): string {
  if (result === null) return '';
  return typeof result === 'string' ? result : JSON.stringify(result);
}

function parseJson(text: string): JsonValue {
  if (text.trim() === '') throw deviceError('CONVERSION_FAILED', 'The output is not JSON: it is empty');
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    const where = error instanceof Error ? error.message : '';
    throw deviceError('CONVERSION_FAILED', `The output is not JSON: ${where.slice(0, 200)}`, error);
  }
  if (isDeeperThan(value, DEPTH_MAX)) {
    throw deviceError('CONVERSION_FAILED', `The JSON is nested deeper than ${DEPTH_MAX} levels`);
  }
  return value;
}

function isDeeperThan(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((member) => member !== undefined && isDeeperThan(member, depth - 1));
}
