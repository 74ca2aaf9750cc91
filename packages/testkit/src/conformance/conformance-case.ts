/** One promise of a port: a sentence, and a check that rejects when the implementation does not keep it. */
export interface ConformanceCase<Port> {
  readonly title: string;
  readonly check: (port: Port) => Promise<void>;
}
