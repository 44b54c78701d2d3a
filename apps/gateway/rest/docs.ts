/** Serves the documents of the API, to anybody: they hold nothing but the shapes. */
import { type FastifyInstance } from 'fastify';
import { docsPage } from './docs-page.js';
import { openApiDocument } from './openapi.js';

export function mountDocs(fastify: FastifyInstance): void {
  const config = { access: { open: 'documents only' } };
  let document: string | undefined;
  let page: string | undefined;
  fastify.get('/api/docs/openapi.json', { config }, (_, reply) => {
    document ??= JSON.stringify(openApiDocument());
    return reply.type('application/json').send(document);
  });
  fastify.get('/api/docs', { config }, (_, reply) => {
    page ??= docsPage(openApiDocument());
    return reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(page);
  });
}
