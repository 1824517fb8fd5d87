// npm run fuzz -- --requests 20000 --seed 7: the generated requests of test/attack, as many as wanted.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } });
for (const [name, value] of Object.entries(values)) {
  if (!/^\d{1,9}$/.test(value)) {
    process.stderr.write(`--${name} takes a whole number.\n`);
    process.exit(1);
  }
}
const jest = spawn(
  process.execPath,
  [
    'node_modules/jest/bin/jest.js',
    '--testTimeout',
    '60000',
    '--testMatch',
    '**/test/attack/every-operation.ts',
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      KEEPDESK_FUZZ_REQUESTS: values.requests ?? '20000',
      ...(values.seed === undefined ? {} : { KEEPDESK_FUZZ_SEED: values.seed }),
    },
  },
);
jest.on('exit', (code) => process.exit(code ?? 1));
