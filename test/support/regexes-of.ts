import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from '@swc/core';

/** A regular expression as it stands in a source file. */
export interface SourceRegex {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

const root = join(__dirname, '..', '..');

/** Every regular expression literal of the product's sources in these folders. */
export function regexesOf(folders: readonly string[]): SourceRegex[] {
  return folders.flatMap((folder) => sourceFiles(folder).flatMap(regexesIn));
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

function regexesIn(path: string): SourceRegex[] {
  const found: SourceRegex[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const { type, pattern, flags } = node as { type?: unknown; pattern?: unknown; flags?: unknown };
    if (type === 'RegExpLiteral' && typeof pattern === 'string') {
      found.push({ file: relative(root, path), pattern, flags: typeof flags === 'string' ? flags : '' });
      return;
    }
    for (const member of Object.values(node)) visit(member);
  };
  visit(parseSync(readFileSync(path, 'utf8'), { syntax: 'typescript', target: 'es2023' }));
  return found;
}
