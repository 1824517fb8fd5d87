import { type IdKind, idPattern, idPrefixes } from '../../domain/shared/ids';
import { derivedId, newId } from '../../services/ids';

const kinds = Object.keys(idPrefixes) as IdKind[];

describe('ids', () => {
  it.each(kinds)('of a %s match their pattern and no other kind’s', (kind) => {
    const id = newId(kind);
    expect(id).toMatch(idPattern(kind));
    expect(kinds.filter((other) => idPattern(other).test(id))).toEqual([kind]);
  });

  it('are unique and sort by creation, however fast they are made', () => {
    const made = Array.from({ length: 100_000 }, () => newId('ticket'));
    expect(new Set(made).size).toBe(made.length);
    const misplaced = made.filter((id, index) => index > 0 && id <= (made[index - 1] ?? ''));
    expect(misplaced.length).toBe(0);
  });

  it('of later milliseconds sort after earlier ones', () => {
    const now = jest.spyOn(Date, 'now');
    try {
      const instants = [Date.now() + 10_000, Date.now() + 20_000, 2 ** 47];
      const made = instants.map((instant) => {
        now.mockReturnValue(instant);
        return newId('event');
      });
      expect([...made].sort()).toEqual(made);
      // A clock that is set back gives no id that sorts before those already given.
      now.mockReturnValue(0);
      expect(newId('event') > (made.at(-1) ?? '')).toBe(true);
    } finally {
      now.mockRestore();
    }
  });

  it('sort in PostgreSQL’s index order as they do here', () => {
    // The alphabet is ascending ASCII, so bytes, code points and "C" collation agree.
    const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
    expect(alphabet.split('').sort().join('')).toBe(alphabet);
  });

  it('derived from the same parts are the same, and from others others', () => {
    const id = derivedId('command', 'com_a', 'usr_b', 'key');
    expect(id).toBe(derivedId('command', 'com_a', 'usr_b', 'key'));
    expect(id).toMatch(idPattern('command'));
    const others = [
      derivedId('command', 'com_a', 'usr_b', 'key2'),
      derivedId('command', 'com_a', 'usr_bkey', ''),
      derivedId('command', 'com_a', 'usr_', 'bkey'),
      derivedId('event', 'com_a', 'usr_b', 'key'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });
});
