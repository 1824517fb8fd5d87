import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from './failure.mjs';
import { accessPrivileges } from './processes.mjs';

/**
 * Who the server runs as. PostgreSQL refuses root, so root hands over to the owner of existing data, to a
 * `postgres` user, or to one made for the purpose; anybody else runs it as themselves.
 *
 * `needsAccess` is set when that user cannot reach our files (a checkout under root's home, a private temporary
 * folder): the server then keeps the one capability that lets it.
 */
export function serverAccount({ cluster, program, folders }) {
  if (process.getuid?.() !== 0) return undefined;
  const account = ownerOf(cluster) ?? lookUp('postgres') ?? createPostgresUser();
  const needsAccess = [program, ...folders].some((path) => !isReachable(path, account));
  if (needsAccess && !canReach(program, account)) {
    throw new Failure(
      `PostgreSQL cannot run as root and user ${account.uid} cannot read ${program}: move the checkout out of private folders, run as a normal user, or set DATABASE_URL.`,
    );
  }
  return { ...account, needsAccess };
}

function canReach(program, account) {
  return spawnSync('setpriv', [...accessPrivileges(account), '--', program, '--version']).status === 0;
}

function ownerOf(directory) {
  if (!existsSync(directory)) return undefined;
  const { uid, gid } = statSync(directory);
  return uid === 0 ? undefined : { uid, gid };
}

function lookUp(name) {
  const read = (flag) => spawnSync('id', [flag, name], { encoding: 'utf8' });
  const user = read('-u');
  const group = read('-g');
  if (user.status !== 0 || group.status !== 0) return undefined;
  return { uid: Number(user.stdout), gid: Number(group.stdout) };
}

function createPostgresUser() {
  spawnSync('groupadd', ['--system', 'postgres']);
  spawnSync('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']);
  const account = lookUp('postgres') ?? lookUp('nobody');
  if (account === undefined) {
    throw new Failure(
      'PostgreSQL cannot run as root and no "postgres" user could be made: add one, run as a normal user, or set DATABASE_URL.',
    );
  }
  return account;
}

function isReachable(path, { uid, gid }) {
  const allows = (status, bits) => {
    const shift = status.uid === uid ? 6 : status.gid === gid ? 3 : 0;
    return ((status.mode >> shift) & bits) === bits;
  };
  let folder = realpathSync(path);
  if (!allows(statSync(folder), 0o5)) return false;
  while (folder !== dirname(folder)) {
    folder = dirname(folder);
    if (!allows(statSync(folder), 0o1)) return false;
  }
  return true;
}

export function giveTo(path, account) {
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}
