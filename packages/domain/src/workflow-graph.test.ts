/* oxlint-disable unicorn/no-thenable -- a key of steps */
import { describe, expect, it } from '@jest/globals';
import { SERVICE_DEFAULTS } from './service.ts';
import type { IfStep, StepRecord, WorkflowStep, WorkStep } from './workflow.ts';
import { graphProblems, nextStep, workflowGraph } from './workflow-graph.ts';

type Edges = Partial<Pick<WorkStep, 'onSuccess' | 'onFailure' | 'onError'>>;

function step(id: string, edges: Edges = {}): WorkStep {
  const service = { ...SERVICE_DEFAULTS, name: '', type: 'test', settings: {} };
  return { id, type: 'work', onError: 'fail', service, ...edges };
}

function branch(id: string, ways: Pick<IfStep, 'then' | 'else'> & Edges): IfStep {
  return { id, type: 'if', onError: 'fail', when: 'true', ...ways };
}

const record = (changes: Partial<StepRecord> = {}): StepRecord => ({
  state: 'succeeded',
  startedAtMs: 1,
  endedAtMs: 2,
  result: null,
  error: null,
  ...changes,
});

/** The steps that run, in order, when each ends as is said; `succeeded` when nothing is. And which failed in the end. */
function walk(steps: readonly WorkflowStep[], ends: Readonly<Record<string, Partial<StepRecord>>> = {}) {
  const graph = workflowGraph(steps);
  const records = new Map<string, StepRecord>();
  const ran: string[] = [];
  for (let next = nextStep(graph, records); ; next = nextStep(graph, records)) {
    if (next.kind === 'end') return { ran: ran.join(' '), failed: next.failed?.id ?? null };
    ran.push(next.step.id);
    records.set(next.step.id, record(ends[next.step.id]));
  }
}

const failed = { state: 'failed' } as const;

describe('the steps of a workflow', () => {
  it('follow each other as they stand in the list when nothing else is said', () => {
    expect(walk([step('a'), step('b'), step('c')])).toEqual({ ran: 'a b c', failed: null });
  });

  it('end where no step follows', () => {
    expect(walk([step('a', { onSuccess: [] }), step('b')])).toEqual({ ran: 'a', failed: null });
    expect(walk([])).toEqual({ ran: '', failed: null });
  });

  it('come after all that may lead to them, however they stand in the list', () => {
    const steps = [
      step('start', { onSuccess: ['end', 'left', 'right'] }),
      step('end', { onSuccess: [] }),
      step('left', { onSuccess: ['end'] }),
      step('right', { onSuccess: ['end'] }),
    ];
    expect(walk(steps)).toEqual({ ran: 'start left right end', failed: null });
  });

  it('are run once where several lead to them', () => {
    const steps = [
      step('a', { onSuccess: ['b', 'c'] }),
      step('b', { onSuccess: ['d'] }),
      step('c', { onSuccess: ['d'] }),
      step('d'),
    ];
    expect(walk(steps).ran).toBe('a b c d');
  });

  it('go the one way of an if, and come together again after it', () => {
    const steps = [
      branch('which', { then: ['yes'], else: ['no'] }),
      step('yes', { onSuccess: ['after'] }),
      step('no', { onSuccess: ['after'] }),
      step('after'),
    ];
    expect(walk(steps, { which: { branch: 'then' } }).ran).toBe('which yes after');
    expect(walk(steps, { which: { branch: 'else' } }).ran).toBe('which no after');
  });

  it('end with an if whose way leads nowhere', () => {
    const steps = [branch('which', { then: ['yes'], else: [] }), step('yes')];
    expect(walk(steps, { which: { branch: 'else' } })).toEqual({ ran: 'which', failed: null });
  });

  it('end with the first failure that nothing follows', () => {
    expect(walk([step('a'), step('b'), step('c')], { b: failed })).toEqual({ ran: 'a b', failed: 'b' });
    expect(walk([branch('which', { then: [], else: [] })], { which: failed })).toEqual({
      ran: 'which',
      failed: 'which',
    });
  });

  it('follow the edge of a failure, and then that is none', () => {
    const steps = [step('a', { onFailure: ['mend'], onSuccess: ['b'] }), step('b', { onSuccess: [] }), step('mend')];
    expect(walk(steps, { a: failed })).toEqual({ ran: 'a mend', failed: null });
    expect(walk(steps)).toEqual({ ran: 'a b', failed: null });
    expect(walk(steps, { a: failed, mend: failed })).toEqual({ ran: 'a mend', failed: 'mend' });
  });

  it('take a failure for a success where on-error says to continue', () => {
    const steps = [step('a', { onError: 'continue', onFailure: ['mend'] }), step('b', { onSuccess: [] }), step('mend')];
    expect(walk(steps, { a: failed })).toEqual({ ran: 'a b', failed: null });
  });

  it('take a skipped one for a success', () => {
    expect(walk([step('a'), step('b')], { a: { state: 'skipped' } })).toEqual({ ran: 'a b', failed: null });
  });

  it('go on at one that has begun and not ended', () => {
    const steps = [step('a'), step('b')];
    const records = new Map([
      ['a', record()],
      ['b', record({ state: 'waiting', endedAtMs: null })],
    ]);
    expect(nextStep(workflowGraph(steps), records)).toEqual({ kind: 'run', step: steps[1] });
  });

  it('stop at a failure though another way was still open', () => {
    const steps = [step('a', { onSuccess: ['b', 'c'] }), step('b', { onSuccess: [] }), step('c', { onSuccess: [] })];
    expect(walk(steps, { b: failed })).toEqual({ ran: 'a b', failed: 'b' });
  });
});

describe('a workflow that is saved', () => {
  it('has nothing to mend when each step is reached, forwards or backwards in the list', () => {
    const steps = [
      step('a', { onSuccess: ['c'], onFailure: ['d'] }),
      step('b', { onSuccess: [] }),
      step('c', { onSuccess: ['b'] }),
      step('d', { onSuccess: [] }),
    ];
    expect(graphProblems(steps)).toEqual([]);
    expect(graphProblems([])).toEqual([]);
  });

  it.each<[string, readonly WorkflowStep[], object[]]>([
    [
      'an id that is there twice',
      [step('a'), step('b'), step('a')],
      [{ index: 2, key: 'id', message: 'there is another step with the id `a`' }],
    ],
    [
      'edges that lead to nothing, each of them',
      [step('a', { onSuccess: ['x'], onFailure: ['y'] }), branch('b', { then: ['z'], else: ['a', 'q'] })],
      [
        { index: 0, key: 'onSuccess', message: 'there is no step `x`' },
        { index: 0, key: 'onFailure', message: 'there is no step `y`' },
        { index: 1, key: 'then', message: 'there is no step `z`' },
        { index: 1, key: 'else', message: 'there is no step `q`' },
      ],
    ],
    [
      'a circle, with those that are in it or behind it',
      [step('a'), step('b'), step('c', { onSuccess: ['b'] }), step('d')],
      [{ index: 1, key: 'id', message: expect.stringContaining('among b, c') }],
    ],
    [
      'a step that leads to itself',
      [step('a', { onFailure: ['a'] })],
      [{ index: 0, key: 'id', message: expect.stringContaining('circle') }],
    ],
    [
      'a circle that begins nowhere',
      [step('a', { onSuccess: [] }), step('b', { onSuccess: ['c'] }), step('c', { onSuccess: ['b'] })],
      [{ index: 1, key: 'id', message: expect.stringContaining('among b, c') }],
    ],
    [
      'steps that nothing leads to, and what comes after those alone',
      [step('a', { onSuccess: ['d'] }), step('b'), step('c'), step('d')],
      [
        { index: 1, key: 'id', message: 'nothing leads to the step `b`' },
        { index: 2, key: 'id', message: 'nothing leads to the step `c`' },
      ],
    ],
  ])('is told of %s', (_, steps, problems) => {
    expect(graphProblems(steps)).toEqual(problems);
  });
});
