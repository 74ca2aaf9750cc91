import { deviceError, type JsonObject, type JsonValue } from '@runyard/domain';
import { XMLParser, XMLValidator } from 'fast-xml-parser';

const DEPTH_MAX = 100;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  // Numbers stay text: an interface named 1.10 is not 1.1.
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: DEPTH_MAX,
});

/** Elements become members, attributes members with `@`, repeated elements lists. Throws CONVERSION_FAILED. */
export function parseXml(text: string): JsonValue {
  const trimmed = text.trim();
  // Entities of one's own are of no use in output of devices, and are how small documents grow large.
  if (/<!DOCTYPE/i.test(trimmed)) throw deviceError('CONVERSION_FAILED', 'XML with a DOCTYPE is not read');
  const valid = XMLValidator.validate(trimmed);
  if (valid !== true) {
    const { msg, line, col } = valid.err;
    throw deviceError('CONVERSION_FAILED', `The output is not XML: ${msg} (line ${line}, column ${col})`);
  }
  try {
    return parser.parse(trimmed) as JsonObject;
  } catch (error) {
    throw deviceError('CONVERSION_FAILED', `The output is not XML: ${String(error)}`, error);
  }
}
