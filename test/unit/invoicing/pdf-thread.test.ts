import { EventEmitter } from 'node:events';
import type { InvoiceDocument } from '../../../services/invoicing/invoice-document';
import { openPdfThread, type PdfAnswer, type PdfQuestion } from '../../../services/invoicing/pdf-thread';

/** A thread whose error and end come when the test says so, which no real one can be made to do. */
class Thread extends EventEmitter {
  readonly questions: PdfQuestion[] = [];
  unref(): void {}
  postMessage(question: PdfQuestion): void {
    this.questions.push(question);
  }
  answer(answer: PdfAnswer): void {
    this.emit('message', answer);
  }
}

const mockStarted: Thread[] = [];
jest.mock('node:worker_threads', () => ({
  Worker: jest.fn(() => {
    const thread = new Thread();
    mockStarted.push(thread);
    return thread;
  }),
}));

const document = {} as InvoiceDocument;

test('what is asked between an error and the end of a thread fails with it, and the next thread is left alone', async () => {
  const { pdfOfInvoice } = openPdfThread();
  const asked = [pdfOfInvoice(document)];
  mockStarted[0]?.emit('error', new Error('out of memory'));
  asked.push(pdfOfInvoice(document));
  mockStarted[0]?.emit('exit', 1);
  const failed = await Promise.allSettled(asked);
  expect(failed.map((each) => each.status === 'rejected' && String(each.reason))).toEqual([
    'Error: out of memory',
    'Error: out of memory',
  ]);

  const next = pdfOfInvoice(document);
  expect(mockStarted).toHaveLength(2);
  expect(mockStarted[1]?.questions.map(({ number }) => number)).toEqual([3]);
  mockStarted[1]?.answer({ number: 3, bytes: Buffer.from('a document') });
  expect((await next).toString()).toBe('a document');
});
