/** The API as a page to read: one file, no script, nothing from elsewhere. */
interface Operation {
  summary: string;
  description?: string;
  'x-action': string;
  tags: string[];
  parameters: { name: string; in: string; required: boolean; description?: string; schema: unknown }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}
interface Document {
  info: { title: string; version: string; description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

export function docsPage(document: unknown): string {
  const { info, tags, paths, components } = document as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<section id="${text(name)}"><h2>${text(name)}</h2>${own.map(operationBlock).join('')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${text(name)}"><summary><code>${text(name)}</code></summary>${shape(schema)}</details>`,
  );
  const links = [...tags.map(({ name }) => name), 'schemas'].map(
    (name) => `<a href="#${text(name)}">${text(name)}</a>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(info.title)} API</title><style>${style}</style></head><body><nav><b>${text(info.title)} ${text(info.version)}</b>${links.join('')}
<a href="/api/docs/openapi.json">openapi.json</a></nav><main><h1>REST API</h1><p>${text(info.description)}</p>
<p>Send <code>Authorization: Bearer tsk_...</code> with every request. Errors are problem documents (RFC 9457) with a stable <code>code</code> and a <code>hint</code>.
Lists are paged: pass <code>next</code> back as <code>cursor</code>. Moments are ISO 8601, UTC.</p>
${sections.join('\n')}<section id="schemas"><h2>schemas</h2>${schemas.join('')}</section></main></body></html>`;
}

function operationBlock({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const { summary, description, parameters, requestBody, responses } = operation;
  const rows = parameters.map(
    (one) =>
      `<tr><td><code>${text(one.name)}</code>${one.required ? ' *' : ''}</td><td>${text(one.in)}</td><td>${text(one.description ?? '')}</td></tr>`,
  );
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) => `<h4>Body <small>${text(type)}</small></h4>${shape(schema)}`,
  );
  const answers = Object.entries(responses).map(([status, { description: means, content = {} }]) => {
    const schema = status.startsWith('2') ? Object.values(content)[0]?.schema : undefined;
    return `<li><b>${text(status)}</b> ${marked(means)}${schema === undefined ? '' : shape(schema)}</li>`;
  });
  return `<details><summary><span class="method ${method}">${method}</span> <code>${text(path)}</code> ${text(summary)}</summary>
<p>${marked(description ?? '')} Needs <code>${text(operation['x-action'])}</code>.</p>${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}${bodies.join('')}
<h4>Answers</h4><ul>${answers.join('')}</ul></details>`;
}

function shape(schema: unknown): string {
  const json = text(JSON.stringify(schema, null, 2));
  const linked = json.replace(/#\/components\/schemas\/(\w+)/g, '<a href="#schema-$1">$1</a>');
  return `<pre>${linked}</pre>`;
}

const marked = (source: string): string => text(source).replace(/`([^`]+)`/g, '<code>$1</code>');

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (source: string): string => source.replace(/[&<>"']/g, (character) => entities[character]!);

const style = `body{margin:0;font:15px/1.5 system-ui,sans-serif;color:#1c2024;background:#fff;display:flex}
nav{position:sticky;top:0;height:100vh;box-sizing:border-box;padding:24px;min-width:150px;border-right:1px solid #e3e5e8;display:flex;flex-direction:column;gap:6px}
nav a{color:#3451b2;text-decoration:none}main{padding:24px 40px;max-width:900px;min-width:0;flex:1}h2{text-transform:capitalize;margin-top:40px}
details{border:1px solid #e3e5e8;border-radius:8px;margin:8px 0;padding:8px 12px}summary{cursor:pointer}
.method{display:inline-block;min-width:56px;font-weight:600}.GET{color:#18794e}.POST{color:#3451b2}.PATCH{color:#8f5b00}.DELETE{color:#c62a2f}
pre{background:#f6f7f9;border-radius:6px;padding:10px;overflow:auto;font-size:12.5px;max-height:360px}table{border-collapse:collapse}td{padding:2px 16px 2px 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#111314;color:#e6e8ea}pre{background:#1b1e20}nav,details{border-color:#2b2f33}nav a,pre a{color:#8da4ef}}`;
