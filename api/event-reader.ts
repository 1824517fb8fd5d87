import type { Identity } from '../services/access/authenticate';

/** One client of the live feed: what it waits for, and whether it takes what it is given. */
export class EventReader {
  ended = false;
  /** When what it has not taken yet was offered, in epoch milliseconds; `Infinity` when it has taken everything. */
  blockedSince = Number.POSITIVE_INFINITY;
  private hasNews = false;
  private awaken: (() => void) | undefined;
  private cut: (() => void) | undefined;

  constructor(readonly identity: Identity) {}

  /** Says that there may be something to read. */
  wake(): void {
    this.hasNews = true;
    this.awaken?.();
  }

  /** The stream closes after what was offered. */
  end(): void {
    this.ended = true;
    this.awaken?.();
  }

  onCutOff(cut: () => void): void {
    this.cut = cut;
  }

  /** Ends it at once, whatever it has not taken. */
  cutOff(): void {
    this.end();
    this.cut?.();
  }

  offering(text: string): string {
    this.blockedSince = Date.now();
    return text;
  }

  taken(): void {
    this.blockedSince = Number.POSITIVE_INFINITY;
  }

  /** Whether there was news within the limit; also returns when the reader has ended. */
  async news(limitMs: number): Promise<boolean> {
    this.taken();
    if (!this.hasNews && !this.ended) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, limitMs);
        this.awaken = () => {
          clearTimeout(late);
          resolve();
        };
      });
      this.awaken = undefined;
    }
    const { hasNews } = this;
    this.hasNews = false;
    return hasNews;
  }
}
