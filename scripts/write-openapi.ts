import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../api/openapi/document';
import { writtenDocument } from '../api/openapi/pages';
import { routes } from '../api/routes';

/** Part of every build: the API reads the document of its routes instead of making it at each start. */
writeFileSync(writtenDocument, JSON.stringify(openApiDocument(routes)));
