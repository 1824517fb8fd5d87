// npm run long-life -- --events 100000: the life of one ticket in test/faults/long-life.test.ts, as long as wanted.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { events: { type: 'string', default: '100000' } } });
if (!/^[1-9]\d{2,6}$/.test(values.events)) {
  process.stderr.write('--events takes a whole number from 100 to 9999999.\n');
  process.exit(1);
}
const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', 'test/faults/long-life.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, KEEPDESK_LONG_LIFE_EVENTS: values.events },
});
jest.on('exit', (code) => process.exit(code ?? 1));
