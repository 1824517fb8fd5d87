import { DomainError } from '../../domain/shared/errors';

/** One request's place among those that are worked on. */
export interface Admitted {
  /** Gives the place back while the client still sends its body: a slow client takes nobody's. */
  pause(): void;
  /**
   * Takes the place again, also beyond the limit, since the request was let in before; not beyond twice the limit.
   * @throws DomainError `overloaded`
   */
  resume(): void;
  leave(): void;
}

/** Any number may be let in while they hold back their bodies, and then send the rest at the same instant. */
const resumedFactor = 2;

/** What is refused because of all the others. */
export function overloaded(): DomainError {
  return new DomainError('overloaded', 'More requests are under way than can be worked on; try again.', {
    retryAfterSeconds: 1,
  });
}

/**
 * Bounds how many requests are worked on at once. Beyond the capacity of process and database more of them would
 * only wait for each other, ever longer and in ever more memory; so the next one is refused at once, before
 * anything is read or asked for it, and told to come back.
 */
export class Admission {
  #atWork = 0;

  constructor(private readonly limit: () => number) {}

  /** @throws DomainError `overloaded` */
  enter(): Admitted {
    if (this.#atWork >= this.limit()) {
      throw overloaded();
    }
    this.#atWork += 1;
    let counted = true;
    const release = (): void => {
      if (counted) this.#atWork -= 1;
      counted = false;
    };
    return {
      pause: release,
      resume: () => {
        if (counted) return;
        if (this.#atWork >= this.limit() * resumedFactor) throw overloaded();
        this.#atWork += 1;
        counted = true;
      },
      leave: release,
    };
  }
}
