import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** Runs one measurement by its name, `npm run bench -- create-ticket`; without a name it lists what there is. */
const programs = readdirSync(__dirname)
  .filter((file) => file.endsWith('.js') && file !== basename(__filename))
  .map((file) => basename(file, '.js'));

async function main(): Promise<void> {
  const name = process.argv[2] ?? '';
  if (programs.includes(name)) {
    await import(`./${name}.js`);
    return;
  }
  console.error(`npm run bench -- <name>, with one of: ${programs.join(', ')}`);
  process.exitCode = 2;
}

void main();
