import fc from 'fast-check';
import { releaseMinutes } from '../../../domain/billing/release';

const slice = (id: string, fromMinute: number, toMinute: number) => ({ id, fromMinute, toMinute });

describe('releaseMinutes', () => {
  it.each([
    ['nothing', 0, [], null],
    ['a part of the newest', 20, [], { id: 'b', atMinute: 70 }],
    ['the newest whole', 60, ['b'], null],
    ['the newest and a part of the next', 90, ['b'], { id: 'a', atMinute: 30 }],
    ['everything', 120, ['b', 'a'], null],
  ])('frees %s', (_what, minutes, freedIds, split) => {
    expect(releaseMinutes([slice('b', 30, 90), slice('a', 0, 60)], minutes)).toEqual({ freedIds, split });
  });

  it('refuses to free more than there is', () => {
    expect(() => releaseMinutes([slice('a', 0, 60)], 61)).toThrow('the stretches hold 60 of 61 minutes');
  });

  it('frees exactly the minutes asked for, and splits at most one slice inside it', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 1440 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.nat(), (minutes, seed) => {
        const slices = minutes.map((length, index) => slice(String(index), 5, 5 + length));
        const total = minutes.reduce((sum, length) => sum + length, 0);
        const wanted = seed % (total + 1);
        const { freedIds, split } = releaseMinutes(slices, wanted);
        const whole = freedIds.reduce((sum, id) => sum + (minutes[Number(id)] ?? 0), 0);
        const part = split === null ? 0 : 5 + (minutes[Number(split.id)] ?? 0) - split.atMinute;
        expect(whole + part).toBe(wanted);
        expect(freedIds).toEqual(slices.slice(0, freedIds.length).map(({ id }) => id));
        if (split !== null) expect(part).toBeLessThan(minutes[Number(split.id)] ?? 0);
      }),
    );
  });
});
