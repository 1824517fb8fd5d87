// npm run fuzz -- --requests 100000 --seed 7: the generated requests of test/attack/fuzz.test.ts, as many as wanted.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^\d{1,9}$/.test(value)) {
    process.stderr.write(`--${name} takes a whole number.\n`);
    process.exit(1);
  }
}
const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', 'test/attack/fuzz.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, KEEPDESK_FUZZ_REQUESTS: values.requests, KEEPDESK_FUZZ_SEED: values.seed },
});
jest.on('exit', (code) => process.exit(code ?? 1));
