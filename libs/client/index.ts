/** The typed client of the REST API: every path, parameter and answer as the OpenAPI document declares it. */
import createFetchClient, { type Client as FetchClient, type ClientOptions as FetchOptions } from 'openapi-fetch';
import { type components, type paths } from './schema.js';

export type { components, paths } from './schema.js';
export type Client = FetchClient<paths>;
export type Schemas = components['schemas'];

export interface ClientOptions {
  /** Where the gateway is, e.g. `http://127.0.0.1:7070`. */
  baseUrl: string;
  /** `tsk_<id>_<secret>` */
  apiKey: string;
  fetch?: FetchOptions['fetch'];
}

/** `const { data, error } = await client.POST('/api/v1/runs', { body: { task: 'add', arguments: { a: 1, b: 2 } } })` */
export function createClient({ baseUrl, apiKey, fetch }: ClientOptions): Client {
  const headers = { authorization: `Bearer ${apiKey}` };
  return createFetchClient<paths>({ baseUrl: baseUrl.replace(/\/$/, ''), headers, ...(fetch && { fetch }) });
}
