import { afterAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@runyard/domain';
import { createEvaluator } from './evaluator.ts';
import { createExpressions } from './expressions.ts';

/** What never ends is ended sooner here. */
const TIME_MS_MAX = 150;
const expressions = createExpressions(TIME_MS_MAX);
afterAll(() => expressions.stop());

const scope: JsonObject = {
  params: { tenants: ['a', 'b'], text: 'x', nested: { list: [1, 2, 3] } },
  vars: { version: '17.3', none: null },
  steps: { check: { result: { ok: true } } },
};
const valueOf = (text: string, data = scope) => expressions.evaluate(text, data);
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'EXPRESSION_INVALID', message: expect.stringMatching(message) });

describe('expressions', () => {
  it.each([
    ["vars.version = '17.3'", true],
    ['params.tenants', ['a', 'b']],
    ['params.tenants[0]', 'a'],
    ['$sum(params.nested.list)', 6],
    ["{'token': vars.version, 'tenants': $count(params.tenants)}", { token: '17.3', tenants: 2 }],
    ['steps.check.result.ok ? "yes" : "no"', 'yes'],
    ['params.nested.list[$ > 1]', [2, 3]],
    ['$map(params.tenants, function($t) { $t & "!" })', ['a!', 'b!']],
    ['$match("ab12", /[0-9]+/).match', '12'],
    ['$replace("a-b", /-/, "+")', 'a+b'],
    ['$pad(?, 3)("x")', 'x  '],
    ['$join(params.tenants, ",")', 'a,b'],
    ['$string(params.nested)', '{"list":[1,2,3]}'],
    ['params.nested ~> |$|{"more": 1}|', { list: [1, 2, 3], more: 1 }],
    ['params.missing', null],
    ['vars.none', null],
    ['1/3', 1 / 3],
  ])('%s is %j', async (text, expected) => {
    await expect(valueOf(text)).resolves.toEqual(expected);
  });

  it.each([
    ['$', [1, 2], [1, 2]],
    ['$', [3], [3]],
    ['$', [], []],
    ['$[1]', [1, 2], 2],
    ['$', 'text', 'text'],
    ['$ & "!"', 'text', 'text!'],
    ['$', null, null],
    ['$.a', null, null],
    ['$.a', { a: 1 }, 1],
  ])('%s of %j is %j', async (text, input, expected) => {
    await expect(expressions.evaluate(text, input)).resolves.toEqual(expected);
  });

  it('gives plain lists, without what the library hangs on them', async () => {
    const value = await valueOf('params.nested.list.($ + 1)');
    expect(Object.getOwnPropertyNames(value)).toEqual(['0', '1', '2', 'length']);
  });

  it('does not change the data', async () => {
    const before = structuredClone(scope);
    await valueOf('params ~> |$|{"text": "other"}|');
    expect(scope).toEqual(before);
  });

  it('says what is wrong with a text, and where', () => {
    expect(expressions.problem('vars.version = ')).toMatch(/end of expression/);
    expect(expressions.problem('a b')).toMatch(/Syntax error: "b" \(at character 3\)/);
    expect(expressions.problem("vars.version = '17.3'")).toBeNull();
    expect(expressions.problem('a'.repeat(10_001))).toMatch(/longer than 10000 characters/);
    expect(expressions.problem(`${'('.repeat(4_900)}1${')'.repeat(4_900)}`)).toMatch(/nested too deeply/);
    expect(expressions.problem('/(/')).not.toBeNull();
  });

  it('rejects with what the expression says of itself', async () => {
    await expect(valueOf('$error("no tenant")')).rejects.toEqual(invalid(/no tenant/));
    await expect(valueOf('"a" + 1')).rejects.toEqual(invalid(/must evaluate to a number/));
  });
});

describe('hostile expressions', () => {
  it.each([
    'constructor',
    '__proto__',
    'params.constructor',
    'params.__proto__',
    '$lookup(params, "constructor")',
    '$lookup(params, "__proto__")',
    'params.tenants.constructor',
    'params.text.constructor',
    '$.constructor.constructor("return process")()',
    '$constructor',
    '$process',
    '$globalThis',
  ])('find nothing by %s', async (text) => {
    await expect(valueOf(text)).resolves.toBeNull();
  });

  it('change no prototype', async () => {
    // Not in a thread, where nobody would see it.
    const evaluate = await createEvaluator();
    const input = JSON.stringify(scope);
    await evaluate({ text: '{"__proto__": {"polluted": true}}', input });
    await evaluate({ text: '$merge([{"__proto__": {"polluted": true}}, {"a": 1}])', input });
    await evaluate({ text: 'params ~> |$|{"__proto__": {"polluted": true}}|', input });
    expect(({} as JsonObject)['polluted']).toBeUndefined();
  });

  it.each([
    ['$eval("1")', /\$eval. is not available/],
    ['$random()', /\$random. is not available/],
    ['$shuffle([1,2])', /\$shuffle. is not available/],
    ['$sum', /is a function/],
    ['{"a": function($x) { $x }}', /is a function/],
    ['($f := function($x) { 1 + $f($x) }; $f(1))', /stack|depth|overflow|recursion/i],
    ['($f := function($x) { $f($x) }; $f(1))', /longer than 150 ms/],
    ['[1..1000000000]', /sequence|range|size|exceed/i],
    ['[1..100000].[1..100000]', /too much memory|longer than 150 ms/],
    ['$match($pad("", 40, "a") & "b", /(a+)+$/)', /longer than 150 ms/],
    ['$replace($pad("", 40, "a") & "b", /(a|a)*$/, "")', /longer than 150 ms/],
    ['$pad("x", 1000000000)', /more than 1000000 characters/],
    ['$reduce([1..60], function($a, $b) { $a & $a }, "0123456789")', /more than 1000000 characters/],
    ['$reduce([1..60], function($a, $b) { $append($a, $a) }, [1..10])', /more than 100000 members|sequence/],
    ['$string($reduce([1..60], function($a, $b) { {"a": $a, "b": $a} }, "x"))', /more than 200000 parts/],
    ['$reduce([1..60], function($a, $b) { {"a": $a, "b": $a} }, "x")', /more than 200000 parts/],
    ['$reduce([1..200], function($a, $b) { {"a": $a} }, "x")', /nested more than 100 deep/],
    [
      '($x := [1..100000]; $reduce($map([1..1000], function() { [$x] }), $append))',
      /too much memory|longer than 150 ms/,
    ],
    ['$join($map([1..100000], function() { "0123456789012345678901234567890123456789" }), "")', /more than|longer/],
    ['$formatInteger(1000000000, "I")', /roman/],
    ['$sort([1..100000], function($a, $b) { $a < $b })', /longer than 150 ms/],
  ])(
    '%s ends',
    async (text, message) => {
      await expect(valueOf(text)).rejects.toEqual(invalid(message));
      // And leaves the next ones as they were.
      await expect(valueOf('vars.version')).resolves.toBe('17.3');
    },
    60_000,
  );

  it('do not see each other', async () => {
    await valueOf('$left := 1');
    await expect(valueOf('$left')).resolves.toBeNull();
  });
});
