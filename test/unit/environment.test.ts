import { readEnvironment } from '../../config/env';
import { StartError } from '../../config/start-error';

const usable = { DATABASE_URL: 'postgresql://keepdesk:secret@127.0.0.1:5432/keepdesk' };

function refusalOf(environment: Readonly<Record<string, string>>): string {
  try {
    readEnvironment(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('the environment of a program', () => {
  it('needs an address of the database and nothing else', () => {
    expect(readEnvironment(usable)).toMatchObject({ ...usable, PORT: 3000, TEMPORAL_NAMESPACE: 'default' });
    expect(refusalOf({})).toBe(
      'The environment is not usable. DATABASE_URL: must be a PostgreSQL address such as postgresql://user:password@host:5432/keepdesk.',
    );
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readEnvironment({ ...usable, PORT: '', TEMPORAL_ADDRESS: '', PUBLIC_URL: '' })).toEqual(
      readEnvironment(usable),
    );
  });

  it.each<[string, string]>([
    ['DATABASE_URL', 'postgres:///keepdesk?host=/var/run/postgresql'],
    ['TEMPORAL_ADDRESS', 'temporal'],
    ['TEMPORAL_ADDRESS', 'support.a1b2c.tmprl.cloud:7233'],
    ['TEMPORAL_ADDRESS', '[::1]:7233'],
    ['TEMPORAL_UI_URL', 'https://cloud.temporal.io'],
    ['PUBLIC_URL', 'http://help.example.com:8080/support'],
  ])('takes %s=%s', (name, value) => {
    expect(readEnvironment({ ...usable, [name]: value })).toMatchObject({ [name]: value });
  });

  it.each<[string, string, RegExp]>([
    ['DATABASE_URL', 'mysql://127.0.0.1/keepdesk', /must be a PostgreSQL address/],
    ['DATABASE_URL', 'postgresql://a b', /must be a PostgreSQL address/],
    ['TEMPORAL_ADDRESS', 'http://127.0.0.1:7233', /must be host and port of Temporal/],
    ['TEMPORAL_ADDRESS', '127.0.0.1:many', /must be host and port of Temporal/],
    ['TEMPORAL_UI_URL', 'nope', /must be a web address/],
    ['TEMPORAL_UI_URL', 'javascript:alert(1)', /must be a web address/],
    ['PUBLIC_URL', 'support.example.org', /must be a web address/],
    ['PORT', 'eighty', /must be a whole number from 0 to 65535/],
    ['DATABASE_POOL_SIZE', '1', /must be a whole number from 2 to 200/],
    ['LOG_LEVEL', 'loud', /must be one of fatal, error, warn, info/],
  ])('refuses %s=%s by its name, and does not repeat it', (name, value, sentence) => {
    const refusal = refusalOf({ ...usable, [name]: value });
    expect(refusal).toMatch(sentence);
    expect(refusal).toMatch(new RegExp(`^The environment is not usable\\. ${name}: [^;]+\\.$`));
    expect(refusal).not.toContain(value);
  });

  it('names everything that is wrong at once', () => {
    expect(refusalOf({ PORT: '-1', HOST: '0.0.0.0' })).toMatch(/DATABASE_URL: .+; PORT: .+\.$/);
  });
});
