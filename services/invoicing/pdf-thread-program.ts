import { parentPort } from 'node:worker_threads';
import { pdfOfInvoice } from './invoice-pdf';
import type { PdfAnswer, PdfQuestion } from './pdf-thread';

/** What runs on the thread of `openPdfThread`: one document after the other. */
parentPort?.on('message', ({ number, document }: PdfQuestion) => {
  const answer = (given: PdfAnswer): void => parentPort?.postMessage(given);
  pdfOfInvoice(document).then(
    (pdf) => answer({ number, bytes: pdf }),
    (error: unknown) => answer({ number, error }),
  );
});
