import type { Context } from '../context';
import { type Resource, readOne } from '../listing';
import { type InvoiceView, invoiceResource } from './invoice';

/** What is printed on an invoice. */
export interface InvoiceDocument {
  readonly invoice: InvoiceView;
  readonly saleOrderNumber: number;
  readonly companyName: string;
  /** In which the dates of payments are printed; the invoice's own is fixed. */
  readonly companyTimezone: string;
  readonly customerName: string;
  readonly customerOrganisation: string | null;
  readonly customerEmail: string | null;
}

interface DocumentRow extends InvoiceView {
  readonly documentParts: Omit<InvoiceDocument, 'invoice'>;
}

const documentResource: Resource = {
  ...invoiceResource,
  select: `${invoiceResource.select}, json_build_object('saleOrderNumber', o.number, 'companyName', company.name,
    'companyTimezone', company.timezone, 'customerName', c.name, 'customerOrganisation', organisation.name,
    'customerEmail', c.email) AS "documentParts"`,
  from: `invoice i
    JOIN company ON company.id = i.company_id
    JOIN sale_order o ON o.company_id = i.company_id AND o.id = i.sale_order_id
    JOIN contact c ON c.company_id = i.company_id AND c.id = i.contact_id
    LEFT JOIN contact organisation ON organisation.company_id = c.company_id AND organisation.id = c.organisation_id`,
};

/** Reads what the document of an invoice shows. @throws DomainError `not_found` */
export async function readInvoiceDocument(context: Context, id: string): Promise<InvoiceDocument> {
  const { documentParts, ...invoice } = await readOne<DocumentRow>(context, documentResource, id);
  return { ...documentParts, invoice };
}
