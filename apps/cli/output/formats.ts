/** The forms in which data goes to stdout. */
export const formats = ['table', 'json', 'yaml', 'ndjson', 'name'] as const;
export type Format = (typeof formats)[number];
