/** Where each reader of the log has got to. */
import { escapeLiteral } from 'pg';
import { BEGINNING, type Cursor } from './log.js';
import { type Sql } from './projection.js';

/** `BEGINNING` when the reader has never saved one. */
export async function loadCursor(sql: Sql, name: string): Promise<Cursor> {
  const { rows } = await sql.query<Cursor>('SELECT tx, position FROM projection_cursors WHERE name = $1', [name]);
  return rows[0] ?? BEGINNING;
}

/** Forwards only: what a former leader saves late does not count. */
export async function advanceCursor(sql: Sql, name: string, { tx, position }: Cursor): Promise<void> {
  await sql.query(
    `${upsert('$1', '$2::xid8', '$3::bigint')}
     WHERE (known.tx, known.position) < (excluded.tx, excluded.position)`,
    [name, tx, position],
  );
}

/** The same as text to send together with other statements, and also backwards. */
export function saveCursorStatement(name: string, { tx, position }: Cursor): string {
  return upsert(escapeLiteral(name), `'${BigInt(tx)}'::xid8`, `'${BigInt(position)}'::bigint`);
}

function upsert(name: string, tx: string, position: string): string {
  return `
    INSERT INTO projection_cursors AS known (name, tx, position) VALUES (${name}, ${tx}, ${position})
    ON CONFLICT (name) DO UPDATE SET tx = excluded.tx, position = excluded.position, updated = now()`;
}
