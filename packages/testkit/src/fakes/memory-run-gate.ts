import type { RunGate, RunId } from '@runyard/domain';

interface Gate {
  readonly inside: Map<RunId, number>;
  readonly line: Map<RunId, number>;
  limit: number;
}

const RUNS_AT_ONCE = 100;

/** Who is in work and who waits, in memory. */
export class MemoryRunGate implements RunGate {
  private readonly gates = new Map<string, Gate>();

  enter(service: string, runId: RunId, createdAtUs: number, maxConcurrent: number): Promise<boolean> {
    const gate = this.gateOf(service);
    if (gate.inside.has(runId)) return Promise.resolve(true);
    if (!gate.line.has(runId)) gate.line.set(runId, createdAtUs);
    gate.limit = maxConcurrent;
    if (inOrder(gate.line).indexOf(runId) >= maxConcurrent - gate.inside.size) return Promise.resolve(false);
    gate.line.delete(runId);
    gate.inside.set(runId, createdAtUs);
    return Promise.resolve(true);
  }

  leave(service: string, runId: RunId): Promise<readonly RunId[]> {
    const gate = this.gateOf(service);
    const wasInside = gate.inside.delete(runId) ? 1 : 0;
    gate.line.delete(runId);
    const room = Math.max(wasInside, gate.limit - gate.inside.size);
    return Promise.resolve(inOrder(gate.line).slice(0, Math.min(room, RUNS_AT_ONCE)));
  }

  look(service: string, runId: RunId): Promise<{ inside: readonly RunId[]; before: number | null }> {
    const { inside, line } = this.gateOf(service);
    const before = inOrder(line).indexOf(runId);
    return Promise.resolve({ inside: inOrder(inside).slice(0, RUNS_AT_ONCE), before: before < 0 ? null : before });
  }

  members(service: string): Promise<{ inside: readonly RunId[]; line: readonly RunId[] }> {
    const { inside, line } = this.gateOf(service);
    return Promise.resolve({
      inside: inOrder(inside).slice(0, RUNS_AT_ONCE),
      line: inOrder(line).slice(0, RUNS_AT_ONCE),
    });
  }

  private gateOf(service: string): Gate {
    const gate = this.gates.get(service) ?? { inside: new Map(), line: new Map(), limit: 0 };
    this.gates.set(service, gate);
    return gate;
  }
}

function inOrder(runs: ReadonlyMap<RunId, number>): RunId[] {
  return [...runs].sort(([, one], [, other]) => one - other).map(([id]) => id);
}
