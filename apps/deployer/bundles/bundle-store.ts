/** Bundles in Postgres, by content address: the truth, of which every deployment folder is a copy. */
import { type Sql } from '#event-store';
import { type Bundle } from './bundle.js';
import { packBundle, unpackBundle } from './packing.js';

export class BundleStore {
  constructor(private readonly sql: Sql) {}

  /** Saving the same bundle again changes nothing. */
  async save(bundle: Bundle): Promise<void> {
    await this.sql.query(
      'INSERT INTO bundles (sha256, packed, size) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING',
      [bundle.sha256, await packBundle(bundle), bundle.bytes],
    );
  }

  /** @throws when it is not there: an event names it, so it must be. */
  async load(sha256: string): Promise<Bundle> {
    const { rows } = await this.sql.query<{ packed: Buffer }>('SELECT packed FROM bundles WHERE sha256 = $1', [sha256]);
    if (!rows[0]) throw new Error(`bundle ${sha256} is not in the store`);
    const bundle = await unpackBundle(rows[0].packed);
    if (bundle.sha256 !== sha256)
      throw new Error(`bundle ${sha256} is damaged in the store: it is now ${bundle.sha256}`);
    return bundle;
  }
}
