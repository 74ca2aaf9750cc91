import { CONFIG_FILE_VARIABLE } from './environment.ts';
import type { UsedBy } from './schema-type.ts';
import { SETTINGS, type Setting, mountedFileVariable } from './setting.ts';
import { expected } from './validate.ts';

const CHAPTERS: readonly { readonly usedBy: UsedBy; readonly title: string }[] = [
  { usedBy: 'both', title: 'Every process' },
  { usedBy: 'gateway', title: 'Gateway' },
  { usedBy: 'worker', title: 'Worker' },
];

const INTRODUCTION = `# Settings

<!-- Written by scripts/generate-docs.ts from the schema in packages/config. Do not edit. -->

A process takes its settings from four places. Later ones win:

1. the defaults below,
2. a YAML or JSON file, named by \`${CONFIG_FILE_VARIABLE}\`, with the names of the first column (\`redis.url\` is \`url\` in the group \`redis\`),
3. the environment variables of the second column; an empty one counts as absent, lists are separated by commas,
4. for secrets, a file whose path stands in the variable with \`_FILE\` at its end, read when the variable itself is absent.

A process with a wrong or unknown setting does not start. It names every problem at once.
With \`NODE_ENV=production\` it also refuses administrator passwords that everybody knows.
`;

/** The text of docs/configuration.md. */
export function renderConfigurationDocs(): string {
  return [INTRODUCTION, ...CHAPTERS.map(({ usedBy, title }) => renderChapter(usedBy, title))].join('\n');
}

function renderChapter(usedBy: UsedBy, title: string): string {
  const rows = SETTINGS.filter(({ schema }) => schema.usedBy === usedBy).map(renderRow);
  const head = ['| Setting | Variable | Default | Allowed | What it does |', '| --- | --- | --- | --- | --- |'];
  return `${[`## ${title}`, '', ...head, ...rows].join('\n')}\n`;
}

function renderRow(setting: Setting): string {
  const { path, schema } = setting;
  const mounted = mountedFileVariable(setting);
  const variables = [schema.env, ...(mounted === undefined ? [] : [mounted])].map(code).join('<br>');
  return `| ${[code(path.join('.')), variables, renderDefault(schema), escape(expected(schema)), escape(schema.description)].join(' | ')} |`;
}

function renderDefault({ default: value, duration }: Setting['schema']): string {
  if (value === undefined) return 'unset';
  if (typeof value === 'object') return value.length === 0 ? 'none' : code(value.join(','));
  return code(duration ? `${Number(value) / 1_000}s` : String(value));
}

function code(text: string): string {
  return `\`${escape(text)}\``;
}

/** A bar would end the cell of the table. */
function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}
