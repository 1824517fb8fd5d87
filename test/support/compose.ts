import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './processes';

export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
}

/** What a filled-in `.env` holds. */
const filledIn = {
  POSTGRES_PASSWORD: 'postgres-password',
  KEEPDESK_DB_PASSWORD: 'keepdesk-password',
  TEMPORAL_DB_PASSWORD: 'temporal-password',
  PUBLIC_URL: 'https://desk.example.com',
  TEMPORAL_UI_PUBLIC_URL: 'https://temporal.example.com',
} as Readonly<Record<string, string>>;

/** docker-compose.yml as Compose reads it: anchors and merges resolved, variables put in. */
export function readCompose(): Compose {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8').replaceAll(
    /\$\{([A-Z_]+):([?-])([^}]*)\}/g,
    (_match, name: string, kind: string, fallback: string) => {
      const value = filledIn[name] ?? (kind === '-' ? fallback : undefined);
      if (value === undefined) throw new Error(`${name} must be in .env`);
      return value;
    },
  );
  return parse(text, { merge: true }) as Compose;
}

/** The environment of a service of our own image: the image's variables and those of the file. */
export function environmentOfService(name: string): Record<string, string> {
  const image = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const ofImage = [...(/^ENV (.*)$/m.exec(image)?.[1] ?? '').matchAll(/([A-Z_]+)=(\S+)/g)];
  const { environment = {} } = readCompose().services[name] ?? {};
  return { ...Object.fromEntries(ofImage.map(([, variable, value]) => [variable, value])), ...environment };
}
