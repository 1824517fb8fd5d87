import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';

/**
 * The import table of architecture.md §2, checked without the linter, so that a mis-set linter cannot stay green.
 */
const root = join(__dirname, '..', '..');
const folders = [
  'domain',
  'services',
  'workflows',
  'activities',
  'api',
  'channels',
  'worker',
  'prisma',
  'config',
] as const;
type Folder = (typeof folders)[number];

/** What a file may import: `~/` and the path from the root for our own files, names for packages. */
interface Rule {
  readonly values: readonly RegExp[];
  /** Beyond the values, in `import type` alone. */
  readonly types?: readonly RegExp[];
}

const nodeModule = /^node:/;

const rules: Readonly<Record<Folder, Rule>> = {
  domain: { values: [/^~\/domain\//] },
  services: {
    values: [/^~\/(domain|services|prisma)\//, nodeModule, /^(?!@temporalio\/|express$|helmet$|zod)[^~]/],
    types: [/^zod/],
  },
  workflows: {
    values: [/^~\/(domain|workflows)\//, /^@temporalio\/(workflow|common)$/],
    types: [/^~\/activities\//],
  },
  activities: {
    values: [/^~\/(services|domain|activities)\//, /^@temporalio\/(activity|common)$/, nodeModule],
    types: [/^~\/(workflows|prisma)\//],
  },
  api: {
    values: [
      /^~\/(services|domain|config|api)\//,
      /^~\/workflows\/[^/]+\/(messages|ids)$/,
      nodeModule,
      /^(express|helmet|pino|prom-client|rate-limiter-flexible|swagger-ui-dist|zod|zod-openapi)(\/|$)/,
    ],
    types: [/^~\/prisma\/client$/],
  },
  channels: {
    values: [
      /^~\/(services|domain|config|channels)\//,
      /^~\/workflows\/[^/]+\/(messages|ids)$/,
      nodeModule,
      /^(?!@temporalio\/|@prisma\/|pg$)[^~]/,
    ],
    types: [/^~\/prisma\/client$/],
  },
  worker: { values: [/^(?!~\/(api|channels|test|scripts|bench|web)\/)/] },
  prisma: { values: [/^~\/(domain|prisma)\//, /^(@prisma\/.*|pg)$/, nodeModule] },
  config: {
    values: [/^~\/config\//, /^zod$/, nodeModule],
  },
};

/** The few files with a wider view, each for its one reason. */
const widened: readonly { readonly files: RegExp; readonly values: readonly RegExp[] }[] = [
  // The only user of Temporal's client.
  {
    files: /^api\/gateway\//,
    values: [/^@temporalio\/(client|common|envconfig)$/, /^~\/workflows\/search-attributes$/],
  },
  // How every process reaches Temporal, and what a failed attempt means in words.
  { files: /^config\/temporal$/, values: [/^@temporalio\/(client|envconfig)$/] },
  // The figures that every process has.
  { files: /^config\/metrics$/, values: [/^prom-client$/] },
  // Opens the database and hands it to everything else.
  { files: /^api\/main$/, values: [/^~\/prisma\/client$/, /^@temporalio\/(client|envconfig)$/] },
];

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const importPattern =
  /(?:^|[\n;])\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Every module a source names, however it names it. */
function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(importPattern)].map((match) => {
    const specifier = match[2] ?? match[3] ?? '';
    const target = specifier.startsWith('.') ? `~/${posix.join(posix.dirname(file), specifier)}` : specifier;
    return { target, typeOnly: match[1] !== undefined };
  });
}

/** What is wrong with one source file; `file` is its path from the root without the extension. */
function violations(file: string, source: string): string[] {
  const folder = folders.find((name) => file.startsWith(`${name}/`));
  if (folder === undefined) return [`${file} is in no known folder`];
  const { values, types = [] } = rules[folder];
  const extra = widened.filter(({ files }) => files.test(file)).flatMap((wider) => wider.values);
  const wrong = importsOf(file, source)
    .filter(({ target, typeOnly }) => {
      const allowed = [...values, ...extra, ...(typeOnly ? types : [])];
      return !allowed.some((pattern) => pattern.test(target));
    })
    .map(
      ({ target, typeOnly }) => `${file} imports ${typeOnly ? 'types of ' : ''}${target.replace('~/', '')}`,
    );
  const environment = file !== 'config/env' && /\bprocess\s*(\.|\?\.)\s*env\b|\bprocess\[/.test(source);
  return environment ? [...wrong, `${file} reads process.env`] : wrong;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith(join('prisma', 'generated')));
}

const existing = folders.filter((folder) => readdirSync(root).includes(folder));
const files = existing.flatMap(sourceFiles);

describe('the import table', () => {
  it('holds for every file', () => {
    const found = files.flatMap((file) =>
      violations(file.replace(/\.ts$/, ''), readFileSync(join(root, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  it('was checked on the whole product', () => {
    expect(files.length).toBeGreaterThan(120);
    for (const folder of [
      'domain',
      'services',
      'workflows',
      'activities',
      'api',
      'worker',
      'prisma',
      'config',
    ]) {
      expect({ folder, files: sourceFiles(folder).length }).not.toEqual({ folder, files: 0 });
    }
    const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it.each([
    ['domain/sla/clock', "import { z } from 'zod';"],
    ['domain/sla/clock', "import { readFileSync } from 'node:fs';"],
    ['domain/sla/clock', "import type { Database } from '../../prisma/client';"],
    ['services/tickets/move', "import { createApp } from '../../api/app';"],
    ['services/tickets/move', "import type { TicketInput } from '../../workflows/ticket/messages';"],
    ['services/tickets/move', "import { Client } from '@temporalio/client';"],
    ['services/tickets/move', "import express from 'express';"],
    ['services/tickets/move', "import { z } from 'zod';"],
    ['services/tickets/move', "const client = await import('@temporalio/client');"],
    ['services/tickets/move', "const client = require('@temporalio/client');"],
    ['services/tickets/move', "export * from '../../worker/relay';"],
    ['services/tickets/move', "const url = process.env['DATABASE_URL'];"],
    ['services/tickets/move', "const url = process['env'];"],
    ['workflows/ticket/loop', "import { db } from '../../prisma/client';"],
    ['workflows/ticket/loop', "import { moveTicket } from '../../services/tickets/move-ticket';"],
    ['workflows/ticket/loop', "import { createHash } from 'node:crypto';"],
    ['workflows/ticket/loop', "import 'node:fs';"],
    ['workflows/ticket/loop', "import {\n  createTicketActivities,\n} from '../../activities/ticket';"],
    ['activities/ticket', "import { ticketWorkflow } from '../workflows/ticket/workflow';"],
    ['activities/ticket', "import { routes } from '../api/routes';"],
    ['api/routes/tickets/index', "import { createTicketActivities } from '../../../activities/ticket';"],
    ['api/routes/tickets/index', "import { ticketWorkflow } from '../../../workflows/ticket/workflow';"],
    ['api/routes/tickets/index', "import { openDatabase } from '../../../prisma/client';"],
    ['api/routes/tickets/index', "import type { Prisma } from '../../../prisma/generated/client';"],
    ['api/routes/tickets/index', "import { Client } from '@temporalio/client';"],
    ['worker/relay', "import { createApp } from '../api/app';"],
    ['prisma/client', "import { change } from '../services/transaction';"],
    ['config/env', "import { openDatabase } from '../prisma/client';"],
  ])('%s may not say: %s', (file, source) => {
    expect(violations(file, `import { assertNever } from '../nowhere';\n${source}\n`).length).toBeGreaterThan(
      violations(file, "import { assertNever } from '../nowhere';\n").length,
    );
  });

  it.each([
    ['domain/sla/clock', "import { assertNever } from '../shared/assert-never';"],
    ['services/tickets/move', "import type { ZodType } from 'zod';"],
    ['services/tickets/move', "import { Prisma } from '../../prisma/client';"],
    ['workflows/ticket/loop', "import type { TicketActivities } from '../../activities/ticket';"],
    ['workflows/ticket/loop', "import { condition } from '@temporalio/workflow';"],
    ['api/routes/tickets/index', "import { moveStageUpdate } from '../../../workflows/ticket/messages';"],
    ['api/gateway/temporal', "import { Client } from '@temporalio/client';"],
  ])('%s may say: %s', (file, source) => {
    expect(violations(file, source)).toEqual([]);
  });
});
