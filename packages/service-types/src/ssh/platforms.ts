/** How to enter and leave the configuration of a device. */
interface ConfigMode {
  readonly enter: string;
  /** The prompt inside, to be seen after entering and not after leaving. */
  readonly inside: RegExp;
  readonly leave: readonly string[];
  /** Makes the changes take effect; devices without it apply each line at once. */
  readonly commit?: string;
  /** Sent instead of commit and leave when a line failed. */
  readonly rollback?: readonly string[];
}

/** What is particular about the command line of a kind of device. */
export interface Platform {
  readonly name: string;
  readonly aliases: readonly string[];
  /** How commands are sent unless the service says. */
  readonly mode: 'exec' | 'shell';
  readonly term: string;
  readonly columns: number;
  /** A line that can be a prompt, before the device's own is known. */
  readonly promptLike: RegExp;
  /** The part of a prompt that stays the same in all modes. */
  readonly promptStem: RegExp;
  /** What may follow the stem up to the end of the prompt, as the source of a regular expression. */
  readonly promptRest: string;
  /** A line above the prompt that belongs to it. */
  readonly promptHeading?: RegExp;
  /** A command that changes the prompt; the first group is the new name. */
  readonly renames?: RegExp;
  /** Sent once after login, errors ignored: no paging, wide lines. */
  readonly setup: readonly string[];
  /** Output that shows that a command was refused. */
  readonly errors: readonly RegExp[];
  /** The command for privileged mode, where an unprivileged prompt ends in `>`. */
  readonly enable: string | null;
  readonly config: ConfigMode;
  /** True when a shell can go on with the next task: nothing that one task sets can harm the next. */
  readonly isShellReusable: boolean;
}

const CISCO_PROMPT = {
  term: 'vt100',
  columns: 511,
  promptLike: /^[A-Za-z0-9][\w.\-/:@]{0,80}(?:\([^)\s]{1,60}\))?[>#]\s*$/,
  // Names are shortened in the configuration mode of IOS, so only their beginning is compared.
  promptStem: /^[\w.\-/:@]{1,16}/,
  promptRest: '[^\\s>#()]{0,100}(?:\\([^)\\n]{0,60}\\))?[>#]\\s*$',
  renames: /^\s*(?:hostname|switchname)\s+(\S+)/,
  enable: 'enable',
  isShellReusable: true,
} as const;

const CISCO_CONFIG: ConfigMode = { enter: 'configure terminal', inside: /\([^)]*\)#\s*$/, leave: ['end'] };

const CISCO_ERRORS: readonly RegExp[] = [
  /^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Unavailable|Bad|Error|Authorization failed|Access denied|Permission denied|Not allowed)\b.*/im,
  /^Command authorization failed.*/im,
];

const GENERIC_PLATFORM: Platform = {
  name: 'generic',
  aliases: ['linux', 'unix'],
  mode: 'exec',
  term: 'dumb',
  columns: 4_096,
  promptLike: /^(?:[^\n]{0,120}[\w\])~/*]\s?)?[>#$%]\s*$/,
  promptStem: /^[^\s:~>#$%\]()]{0,40}/,
  promptRest: '[^\\n]{0,200}[>#$%]\\s*$',
  setup: [],
  errors: [],
  enable: 'enable',
  config: CISCO_CONFIG,
  isShellReusable: false,
};

export const PLATFORMS: readonly Platform[] = [
  GENERIC_PLATFORM,
  {
    ...CISCO_PROMPT,
    name: 'cisco-ios',
    aliases: ['ios', 'cisco', 'cisco-xe', 'cisco-iosxe', 'ios-xe', 'iosxe'],
    mode: 'shell',
    setup: ['terminal length 0', 'terminal width 511'],
    errors: CISCO_ERRORS,
    config: CISCO_CONFIG,
  },
  {
    ...CISCO_PROMPT,
    name: 'cisco-nxos',
    aliases: ['nxos', 'nx-os', 'cisco-nx-os'],
    mode: 'shell',
    setup: ['terminal length 0', 'terminal width 511'],
    errors: [...CISCO_ERRORS, /^(?:Syntax error while parsing|Invalid command|ERROR:).*/im],
    config: CISCO_CONFIG,
  },
  {
    ...CISCO_PROMPT,
    name: 'arista-eos',
    aliases: ['eos', 'arista'],
    mode: 'shell',
    setup: ['terminal length 0', 'terminal width 32767'],
    errors: CISCO_ERRORS,
    config: CISCO_CONFIG,
  },
  {
    name: 'juniper-junos',
    aliases: ['junos', 'juniper'],
    mode: 'shell',
    term: 'vt100',
    columns: 511,
    promptLike: /^(?:[\w.-]{1,60}@)?[\w.-]{1,60}[>#%]\s*$/,
    promptStem: /^[\w.\-@]{1,120}/,
    promptRest: '[>#%]\\s*$',
    promptHeading: /^(?:\[edit[^\]]*\]|\{[\w:]+\}(?:\[edit[^\]]*\])?)$/,
    renames: /^\s*set\s+system\s+host-name\s+(\S+)/,
    setup: ['set cli screen-length 0', 'set cli screen-width 0', 'set cli complete-on-space off'],
    errors: [
      /^\s*(?:error:|syntax error|unknown command|missing argument|invalid (?:value|numeric|ip )).*/im,
      /is ambiguous\.\s*$/im,
    ],
    enable: null,
    config: {
      enter: 'configure exclusive',
      inside: /#\s*$/,
      commit: 'commit',
      leave: ['exit configuration-mode'],
      rollback: ['rollback 0', 'exit configuration-mode'],
    },
    isShellReusable: true,
  },
  {
    ...CISCO_PROMPT,
    name: 'frr',
    aliases: ['frrouting', 'quagga', 'vtysh'],
    mode: 'exec',
    setup: ['terminal length 0'],
    errors: [...CISCO_ERRORS, /^% (?:Command incomplete|There is no matched command|Configuration failed).*/im],
    config: CISCO_CONFIG,
  },
];

const BY_NAME = new Map(
  PLATFORMS.flatMap((platform) => [platform.name, ...platform.aliases].map((name) => [name, platform])),
);

/** The platform of that name or of another name for it. Unknown ones are generic. */
export function platformOf(name: string | undefined): Platform {
  return BY_NAME.get((name ?? '').toLowerCase().replaceAll('_', '-')) ?? GENERIC_PLATFORM;
}

/** The line by which a device refused a command, or undefined. */
export function refusalIn(output: string, platform: Platform): string | undefined {
  for (const pattern of platform.errors) {
    const found = pattern.exec(output)?.[0].trim();
    if (found !== undefined) return found.slice(0, 200);
  }
  return undefined;
}
