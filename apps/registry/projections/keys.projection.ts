/** The view of API keys. Their hashes stay in the log. */
import { type KeyEvent } from '#contracts';
import { type Projection, type RecordedEvent, type Sql } from '#event-store';

export class KeysProjection implements Projection {
  readonly name = 'registry keys';
  readonly categories = ['key'] as const;
  readonly tables = ['keys'];

  async apply(events: readonly RecordedEvent[], sql: Sql): Promise<void> {
    for (const { event } of events) await applyOne(event as KeyEvent, sql);
  }
}

async function applyOne(event: KeyEvent, sql: Sql): Promise<void> {
  switch (event.type) {
    case 'KeyCreated':
      // Postgres keeps no NUL in text.
      await sql.query('INSERT INTO keys (key_id, name, scope, created_at) VALUES ($1, $2, $3, $4)', [
        event.keyId,
        event.name.replaceAll('\u0000', ''),
        event.scope,
        event.at,
      ]);
      return;
    case 'KeyRevoked':
      await sql.query('UPDATE keys SET revoked_at = $2 WHERE key_id = $1', [event.keyId, event.at]);
  }
}
