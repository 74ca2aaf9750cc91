import type { ServiceStates } from '@runyard/domain';

/** What services keep between their runs, in memory. */
export class MemoryServiceStates implements ServiceStates {
  private readonly states = new Map<string, { readonly content: string; readonly token: number }>();

  async read(name: string): Promise<string | null> {
    return this.states.get(name)?.content ?? null;
  }

  async write(name: string, content: string, token: number): Promise<boolean> {
    const before = this.states.get(name);
    if (before && before.token > token) return false;
    this.states.set(name, { content, token });
    return true;
  }
}
