import { afterEach, describe, expect, it } from '@jest/globals';
import { answeredCommandLine as runyard, refusal } from '../test/answered-command-line.ts';

const RUN_ID = 'a'.repeat(24);
const CHILD_ID = 'b'.repeat(24);
const GRANDCHILD_ID = 'c'.repeat(24);
const AT = '2026-11-21T07:00:00.000Z';
const step = (device: string, name: string, state: string, more: object = {}) => {
  const endedAt = state === 'waiting' ? null : '2026-11-21T07:00:02.000Z';
  return { device, step: name, state, startedAt: AT, endedAt, result: null, error: null, ...more };
};

describe('runyard tree', () => {
  const grandchild = { id: GRANDCHILD_ID, state: null, service: null, principal: null, stepId: '', children: [] };
  const child = {
    id: CHILD_ID,
    state: 'waiting',
    service: 'oauth',
    endpoint: 'refresh',
    principal: 'sa_oauth',
    stepId: 'refresh',
    device: 'r1\u001b[2J',
    createdAt: AT,
    children: [grandchild],
  };
  const run = { id: RUN_ID, state: 'running', service: 'push', principal: 'ada', createdAt: AT, children: [child] };
  const routes = { [`GET /v1/runs/${RUN_ID}/tree`]: { rootRunId: RUN_ID, run } };

  it('shows each run below the one that started it, with state, service, step and as whom it runs', async () => {
    const { code, out, err } = await runyard(['tree', RUN_ID], routes);
    expect(code).toBe(0);
    expect(out).toEqual([
      'RUN                             STATE    SERVICE        STEP           AS',
      `* ${RUN_ID}      running  push                          ada`,
      `  * ${CHILD_ID}    waiting  oauth/refresh  refresh of r1  sa_oauth`,
      `    * ${GRANDCHILD_ID}  removed`,
    ]);
    expect(err).toEqual([]);
  });

  it('names the run at the top when it is another one', async () => {
    const below = { rootRunId: RUN_ID, run: child };
    const { err } = await runyard(['tree', CHILD_ID], { [`GET /v1/runs/${CHILD_ID}/tree`]: below });
    expect(err).toEqual([`It was started from above: runyard tree ${RUN_ID}`]);
  });

  it('prints what the gateway answered as JSON', async () => {
    const { out } = await runyard(['tree', RUN_ID, '--json'], routes);
    expect(JSON.parse(out.join(''))).toMatchObject({ rootRunId: RUN_ID, run: { id: RUN_ID } });
  });
});

describe('runyard steps', () => {
  const address = `GET /v1/runs/${RUN_ID}/steps`;

  it('lists the steps by device as they began, each once, also over empty pages', async () => {
    const later = { startedAt: '2026-11-21T07:00:01.000Z' };
    const { out } = await runyard(['steps', RUN_ID], {
      [`${address}?limit=500`]: {
        items: [step('r2', 'check', 'running'), step('r1', 'b', 'succeeded', later), step('r1', 'a', 'succeeded')],
        cursor: '7',
      },
      [`${address}?limit=500&cursor=7`]: { items: [], cursor: '9' },
      [`${address}?limit=500&cursor=9`]: {
        items: [step('r2', 'check', 'failed', { error: { code: 'COMMAND_FAILED', message: 'It said no\u001b[2J.' } })],
        cursor: null,
      },
    });
    expect(out).toEqual([
      'DEVICE  STEP   STATE      TIME   ABOUT',
      'r1      a      succeeded  2.0 s',
      'r1      b      succeeded  1.0 s',
      'r2      check  failed     2.0 s  It said no.',
    ]);
  });

  it('says what is asked, who answered, and which run was started', async () => {
    const approval = { isApproved: false, by: 'olga', at: AT, comment: 'not today' };
    const items = [
      step('-', 'a', 'succeeded', {
        message: 'Push?',
        approval: { ...approval, isApproved: true, comment: undefined },
      }),
      step('-', 'b', 'skipped', { message: 'Push?', approval }),
      step('-', 'c', 'succeeded', { runId: CHILD_ID }),
      step('-', 'd', 'succeeded', { message: 'Push?\nReally?' }),
    ];
    const { out } = await runyard(['steps', RUN_ID], { [`${address}?limit=500`]: { items, cursor: null } });
    expect(out.slice(1).map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      'approved by olga',
      'rejected by olga: not today',
      `run ${CHILD_ID}`,
      'Push?',
    ]);
  });

  it('asks only for steps in one state', async () => {
    const { out } = await runyard(['steps', RUN_ID, '--state', 'waiting'], {
      [`${address}?state=waiting&limit=500`]: { items: [], cursor: null },
    });
    expect(out).toEqual(['No step is waiting.']);
    expect((await runyard(['steps', RUN_ID, '--state', 'nearly'])).asked).toEqual([]);
  });

  it('shows 1000 at most and says that there are more', async () => {
    const items = Array.from({ length: 1_001 }, (_, index) => step(`r${index}`, 'a', 'succeeded'));
    const { out, err } = await runyard(['--json', 'steps', RUN_ID], {
      [`${address}?limit=500`]: { items, cursor: null },
    });
    expect(JSON.parse(out.join(''))).toHaveLength(1_000);
    expect(err.join()).toContain('more than these 1000');
  });
});

describe('runyard approve and reject', () => {
  it('send who is meant and why', async () => {
    const routes = {
      [`POST /v1/runs/${RUN_ID}/approve`]: step('r1', 'ask', 'succeeded'),
      [`POST /v1/runs/${RUN_ID}/reject`]: step('-', 'ask', 'failed'),
    };
    const yes = await runyard(['approve', RUN_ID, 'ask', '--device', 'r1', '--comment', 'go on'], routes);
    expect(yes.asked[0]?.body).toEqual({ step: 'ask', device: 'r1', comment: 'go on' });
    expect([yes.code, yes.out]).toEqual([0, ['The step ask of r1 is approved; the workflow goes on.']]);
    const no = await runyard(['reject', RUN_ID, 'ask'], routes);
    expect(no.asked[0]?.body).toEqual({ step: 'ask' });
    expect([no.code, no.out]).toEqual([0, ['The step ask is rejected, so it has failed.']]);
  });

  it('pass on why the gateway refuses', async () => {
    const { code, err } = await runyard(['approve', RUN_ID, 'ask'], {
      [`POST /v1/runs/${RUN_ID}/approve`]: () => refusal(403, 'PERMISSION_DENIED', 'Only the group netops.'),
    });
    expect([code, err]).toEqual([2, ['Only the group netops.']]);
  });
});

describe('runyard log --follow of a workflow', () => {
  let end = (): void => undefined;
  // So that nothing goes on when a line is missing.
  afterEach(() => end());

  /** The log of a run that ends as soon as so many lines were told beside it. */
  function followed(steps: Readonly<Record<string, unknown>>, lines: number) {
    let state = lines === 0 ? 'succeeded' : 'running';
    const ended = new Promise<void>((resolve) => {
      end = () => {
        state = 'succeeded';
        resolve();
      };
    });
    let told = 0;
    const onErr = (): void => {
      told += 1;
      if (told === lines) end();
    };
    const run = (): Response => Response.json({ id: RUN_ID, type: 'workflow', state });
    const routes = {
      [`GET /v1/runs/${RUN_ID}`]: run,
      [`GET /v1/runs/${RUN_ID}?wait=1`]: () => ended.then(run),
      [`GET /v1/runs/${RUN_ID}/log?limit=1000`]: { items: [], cursor: null },
      ...steps,
    };
    return runyard(['log', RUN_ID, '--follow'], routes, { onErr });
  }
  const page = (id: string) => `GET /v1/runs/${id}/steps?state=waiting&limit=1000`;

  it('proposes a command that a shell takes as it is', async () => {
    const items = [step("r 1's", 'each[0]', 'waiting', { message: 'Push\nnow?\u001b[2J' })];
    const { code, out, err } = await followed({ [page(RUN_ID)]: { items, cursor: null } }, 3);
    expect([code, out]).toEqual([0, []]);
    expect(err).toEqual([
      'The run waits for a person: Push now?',
      String.raw`  Say yes with: runyard approve ${RUN_ID} 'each[0]' --device 'r 1'\''s'`,
      String.raw`  or no with:   runyard reject ${RUN_ID} 'each[0]' --device 'r 1'\''s'`,
    ]);
  });

  it('tells ten questions and then only that there are more', async () => {
    const items = Array.from({ length: 20 }, (_, index) => step(`r${index}`, 'ask', 'waiting', { message: 'Push?' }));
    const { err } = await followed({ [page(RUN_ID)]: { items, cursor: null } }, 31);
    expect(err).toHaveLength(31);
    expect(err.at(-1)).toContain(`runyard steps ${RUN_ID} --state waiting`);
  });

  it('looks into the runs that steps wait for, and not at steps that wait for a time', async () => {
    const items = [step('-', 'pause', 'waiting', { until: AT }), step('-', 'inner', 'waiting', { runId: CHILD_ID })];
    const inner = [step('-', 'ask', 'waiting', { message: 'Push?' })];
    const { err } = await followed(
      {
        [page(RUN_ID)]: { items, cursor: null },
        [page(CHILD_ID)]: { items: inner, cursor: null },
      },
      3,
    );
    expect(err[1]).toContain(`runyard approve ${CHILD_ID} ask`);
    expect(err).toHaveLength(3);
  });

  it('looks again after a gateway had a problem of its own', async () => {
    const items = [step('-', 'ask', 'waiting', { message: 'Push?' })];
    const answers = [refusal(500, 'INTERNAL', 'Sorry'), Response.json({ items, cursor: null })];
    const { err } = await followed({ [page(RUN_ID)]: () => answers.shift() }, 3);
    expect(err[0]).toContain('Push?');
  });

  it('goes on when steps cannot be looked at', async () => {
    const { code, err } = await followed({ [page(RUN_ID)]: () => refusal(403, 'PERMISSION_DENIED', 'no') }, 0);
    expect([code, err]).toEqual([0, []]);
  });
});

describe('runyard run and rerun', () => {
  it('send the account as whom it runs', async () => {
    const routes = { 'POST /v1/runs': { id: RUN_ID, state: 'queued' } };
    const { asked } = await runyard(['run', 'show', '--run-as', 'sa_ci'], routes);
    expect(asked[0]?.body).toEqual({ service: 'show', params: {}, runAs: 'sa_ci' });
  });

  it('ask a workflow to go on where it failed', async () => {
    const routes = { [`POST /v1/runs/${RUN_ID}/rerun`]: { id: CHILD_ID, state: 'queued' } };
    const { asked, out } = await runyard(['rerun', RUN_ID, '--resume'], routes);
    expect([out, asked[0]?.body]).toEqual([[CHILD_ID], { only: 'failed', resume: true }]);
  });
});
