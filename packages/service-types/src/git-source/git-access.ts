import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../process/environment.ts';
import { processEnvironment } from '../process/environment.ts';

export interface GitSecrets {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
}

/** What git runs with: nothing of the user, no hooks, and secrets that are in no argument. */
export interface GitAccess {
  readonly env: Record<string, string>;
  readonly remove: () => Promise<void>;
}

/** Only these settings count. `safe.directory`: repositories of `file://` may belong to somebody else. */
const CONFIG = `[core]
\thooksPath = /dev/null
\tautocrlf = false
\tfsmonitor = false
[safe]
\tdirectory = *
[credential]
\thelper =
[protocol "ext"]
\tallow = never
[http]
\tfollowRedirects = initial
[gc]
\tauto = 0
[maintenance]
\tauto = false
[submodule]
\trecurse = false
[advice]
\tdetachedHead = false
`;

const ASK_PASS = `#!/bin/sh
case "$1" in
  [Uu]sername*) printf '%s\\n' "$RUNYARD_GIT_USERNAME" ;;
  *) printf '%s\\n' "$RUNYARD_GIT_PASSWORD" ;;
esac
`;

/** Never asks, takes no setting of the user, and only the key that it is given. */
const SSH = `#!/bin/sh
set -- -F none -o BatchMode=yes -o ConnectTimeout=15 -o StrictHostKeyChecking=accept-new \\
  -o "UserKnownHostsFile=\\"$RUNYARD_GIT_KNOWN_HOSTS\\"" "$@"
if [ -n "$RUNYARD_GIT_KEY" ]; then set -- -i "$RUNYARD_GIT_KEY" -o IdentitiesOnly=yes "$@"; fi
exec ssh "$@"
`;

/** What a worker's git needs to reach the outside world through a proxy, or with an authority of one's own. */
const NETWORK_VARIABLES = /^([a-z]+_proxy|[A-Z]+_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|GIT_SSL_CAINFO)$/;

/** Writes what git needs into a folder of its own, which `remove` takes away with the key in it. */
export async function openGitAccess(
  folder: string,
  secrets: GitSecrets,
  { inherited = {}, knownHostsFile }: { readonly inherited?: Environment; readonly knownHostsFile: string },
): Promise<GitAccess> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const home = await mkdtemp(path.join(folder, 'access-'));
  const file = async (name: string, content: string, mode: number): Promise<string> => {
    const place = path.join(home, name);
    await writeFile(place, content, { mode, flag: 'wx' });
    return place;
  };
  const { username = 'git', password, privateKey } = secrets;
  const network = Object.fromEntries(Object.entries(inherited).filter(([name]) => NETWORK_VARIABLES.test(name)));
  // A key without a line break at its end is one that ssh does not read.
  const keyText = privateKey === undefined ? undefined : `${privateKey.replaceAll('\r\n', '\n').trimEnd()}\n`;
  const env = processEnvironment({
    inherited,
    home,
    temporary: home,
    given: {
      ...network,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: await file('gitconfig', CONFIG, 0o600),
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'https:ssh:file',
      GIT_ASKPASS: await file('askpass', ASK_PASS, 0o700),
      GIT_SSH: await file('ssh', SSH, 0o700),
      GIT_SSH_VARIANT: 'ssh',
      GIT_LFS_SKIP_SMUDGE: '1',
      GIT_OPTIONAL_LOCKS: '0',
      RUNYARD_GIT_KNOWN_HOSTS: knownHostsFile,
      RUNYARD_GIT_USERNAME: username,
      ...(password === undefined ? {} : { RUNYARD_GIT_PASSWORD: password }),
      ...(keyText === undefined ? {} : { RUNYARD_GIT_KEY: await file('key', keyText, 0o600) }),
    },
  });
  return { env, remove: () => rm(home, { recursive: true, force: true, maxRetries: 3 }) };
}
