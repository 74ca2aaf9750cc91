/** Ctrl-C and the like as an AbortSignal, and a second one as impatience. */
export interface StopSignals {
  /** Aborted at the first signal; its reason is the name of the signal. */
  readonly signal: AbortSignal;
  /** Calls back at a second signal. */
  onSecond(listener: () => void): void;
  dispose(): void;
}

/** The part of `process` that is needed. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One Ctrl-C under `npm start` arrives twice: from the terminal and passed on by npm. */
const SAME_MS = 1_000;

export function watchSignals(source: SignalSource = process, nowMs: () => number = Date.now): StopSignals {
  const controller = new AbortController();
  const impatient: (() => void)[] = [];
  let firstMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstMs === undefined) {
      firstMs = nowMs();
      controller.abort(signal);
    } else if (nowMs() - firstMs > SAME_MS) {
      for (const listener of impatient) listener();
    }
  };
  for (const signal of SIGNALS) source.on(signal, onSignal);
  return {
    signal: controller.signal,
    onSecond: (listener) => void impatient.push(listener),
    dispose: () => SIGNALS.forEach((signal) => source.off(signal, onSignal)),
  };
}
