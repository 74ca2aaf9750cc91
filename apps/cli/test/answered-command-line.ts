import { runCommandLine } from '../src/command-line.ts';
import type { PasswordSource } from '../src/input/read-password.ts';
import { coloured } from '../src/output/terminal.ts';

export interface Asked {
  readonly what: string;
  /** The object that was sent as JSON; anything else as it was sent. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly code: number;
  readonly asked: readonly Asked[];
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** By method and address; a function makes a Response, anything else is sent as JSON. */
export type Routes = Readonly<Record<string, unknown>>;

export interface AnsweredOptions {
  /** Where relative paths begin. */
  readonly folder?: string;
  readonly input?: PasswordSource;
  readonly isColoured?: boolean;
  /** Called with each line on `err`. */
  readonly onErr?: (line: string) => void;
}

/** Runs a command line against a gateway that knows these answers; anything else is a 404. */
export async function answeredCommandLine(
  args: readonly string[],
  routes: Routes = {},
  { folder = '/nowhere', input, isColoured = false, onErr }: AnsweredOptions = {},
): Promise<Answered> {
  const asked: Asked[] = [];
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(['--api-key', 'k', ...args], {
    env: {},
    projectRoot: folder,
    cwd: folder,
    terminal: {
      out: (line) => void out.push(line),
      err: (line) => {
        err.push(line);
        onErr?.(line);
      },
      colour: isColoured ? coloured : (_name, text) => text,
      columns: 100,
    },
    ...(input ? { input } : {}),
    fetch: async (url, init) => {
      const { pathname, search } = new URL(url);
      const what = `${init.method} ${pathname}${search}`;
      asked.push({ what, body: bodyOf(init), headers: init.headers as Record<string, string> });
      const answer = routes[what] ?? refusal(404, 'ROUTE_NOT_FOUND', `no ${what}`);
      if (typeof answer === 'function') return (answer as () => Response | Promise<Response>)();
      return answer instanceof Response ? answer.clone() : Response.json(answer);
    },
  });
  return { code, asked, out, err };
}

function bodyOf({ body }: RequestInit): unknown {
  return typeof body === 'string' && body.startsWith('{') ? (JSON.parse(body) as unknown) : (body ?? null);
}

/** A problem document. */
export function refusal(status: number, code: string, detail: string, errors?: object[]): Response {
  return Response.json({ code, detail, errors }, { status });
}
