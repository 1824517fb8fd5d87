import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../stack/paths.mjs';
import { runProgram } from './commands.mjs';
import { say } from './console.mjs';
import { compiledProgram } from './settings.mjs';

const seedLimitMs = 120_000;
const storyLimitMs = 120_000;

/**
 * On the first start of a data folder: a demo company with random credentials, then a short story played on it.
 * A failure is said and does not stop the stack; the next start tries again.
 */
export async function playDemo({ node, environment, settings }) {
  try {
    await seed({ node, environment, settings });
    keepAddresses({ environment, settings });
    await tellStory({ node, environment, settings });
  } catch (error) {
    say(error.message);
  }
}

async function seed({ node, environment, settings }) {
  const program = compiledProgram('scripts/seed-demo.js');
  if (existsSync(settings.credentialsFile) || !existsSync(program)) return;
  say('Creating the demo company…');
  const failure = 'The demo company could not be created';
  await runProgram({ node, program, environment, settings, failure, limitMs: seedLimitMs });
}

/** The ports may be others than at the first start; `npm run demo` and people's scripts go by this file. */
function keepAddresses({ environment, settings }) {
  if (!existsSync(settings.credentialsFile)) return;
  const known = JSON.parse(readFileSync(settings.credentialsFile, 'utf8'));
  const apiUrl = environment.PUBLIC_URL || environment.KEEPDESK_API_URL;
  const temporalUiUrl = environment.TEMPORAL_UI_URL ?? known.temporalUiUrl;
  if (known.apiUrl === apiUrl && known.temporalUiUrl === temporalUiUrl) return;
  const content = `${JSON.stringify({ ...known, apiUrl, temporalUiUrl }, null, 2)}\n`;
  writeFileAtomically(settings.credentialsFile, content, 0o600);
}

async function tellStory({ node, environment, settings }) {
  const program = compiledProgram('scripts/demo.js');
  const marker = join(settings.runDirectory, 'demo-story.done');
  if (existsSync(marker) || !existsSync(program)) return;
  say('Playing the demo story…');
  const failure = 'The demo story did not come to its end';
  const output = await runProgram({ node, program, environment, settings, failure, limitMs: storyLimitMs });
  writeFileAtomically(marker, `${new Date().toISOString()}\n`);
  say(output.trimEnd());
}
