import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { InvoiceDocument } from './invoice-document';

/** Makes PDFs of invoices beside the process's own thread. */
export interface PdfThread {
  /** The invoice as a PDF, as `pdfOfInvoice` makes it. @throws Error when it cannot be made, or the thread has ended */
  pdfOfInvoice(document: InvoiceDocument): Promise<Buffer>;
  close(): Promise<void>;
}

/** What the thread is asked, and what it answers. */
export interface PdfQuestion {
  readonly number: number;
  readonly document: InvoiceDocument;
}
export type PdfAnswer = { readonly number: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly error: unknown }
);

interface Waiting {
  readonly resolve: (pdf: Buffer) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A document's fonts are read and written anew, which takes a twentieth of a second, and the library a fifth at its
 * first use: on a thread of their own they hold up nobody. It is started with the first invoice, and again with the
 * next one after it has ended.
 */
export function openPdfThread(): PdfThread {
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let thread: Worker | undefined;

  const start = (): Worker => {
    const started = new Worker(join(__dirname, 'pdf-thread-program.js'));
    // The process may end while it waits for the next invoice.
    started.unref();
    started.on('message', (answer: PdfAnswer) => {
      const { resolve, reject } = waiting.get(answer.number) ?? {};
      waiting.delete(answer.number);
      if ('bytes' in answer) resolve?.(Buffer.from(answer.bytes));
      else reject?.(answer.error);
    });
    let reason: unknown = new Error('the thread that makes PDFs has ended');
    // Its exit follows, and only then is there room for another thread.
    started.once('error', (error) => {
      reason = error;
    });
    started.once('exit', () => {
      thread = undefined;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    });
    return started;
  };
  return {
    pdfOfInvoice: (document) =>
      new Promise((resolve, reject) => {
        thread ??= start();
        asked += 1;
        waiting.set(asked, { resolve, reject });
        thread.postMessage({ number: asked, document } satisfies PdfQuestion);
      }),
    close: async () => void (await thread?.terminate()),
  };
}
