import { hashPassword, verifyPassword } from '../../../services/access/password';

describe('a stored password', () => {
  it('is a salted PHC string that only the password fits', async () => {
    const [first, second] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(first).toMatch(
      /^\$(argon2id\$v=19\$m=19456,t=2,p=1|scrypt\$ln=15,r=8,p=3)\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
    expect(first).not.toBe(second);
    expect(await verifyPassword('correct horse', first)).toBe(true);
    expect(await verifyPassword('correct horses', first)).toBe(false);
    expect(await verifyPassword('', first)).toBe(false);
  });

  it.each([
    // Of an independent implementation: Python's hashlib.scrypt.
    ['scrypt', '$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$0LupyHkzAIgDr9UDsriAAf87vMbCbcaUfDvFOAHk0D0'],
  ])('by %s is understood whatever this Node.js hashes with', async (_method, stored) => {
    expect(await verifyPassword('correct horse', stored)).toBe(true);
    expect(await verifyPassword('correct house', stored)).toBe(false);
  });

  it('is the same however its letters were composed', async () => {
    expect(await verifyPassword('cafe\u0301 noir', await hashPassword('caf\u00e9 noir'))).toBe(true);
  });

  it('that does not exist fits nothing', async () => {
    expect(await verifyPassword('correct horse', undefined)).toBe(false);
  });

  it('of an unknown form is a defect, not a match', async () => {
    await expect(verifyPassword('plain', 'plain')).rejects.toThrow('unknown form');
  });
});
