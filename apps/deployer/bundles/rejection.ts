/** Ends the reading of a bundle at once; turned into a refusal where the reading began. */
import { type Refused, refuse } from '#contracts';

export class Rejection extends Error {
  override readonly name = 'Rejection';

  constructor(
    message: string,
    private readonly code: 'bundle.refused' | 'bundle.too-large' | 'bundle.path-missing' = 'bundle.refused',
    private readonly entry?: string,
  ) {
    super(message);
  }

  toRefusal(): Refused {
    return refuse(this.code, this.message, {
      hint: this.code === 'bundle.too-large' ? 'Send fewer or smaller files.' : 'Correct the bundle and send it again.',
      ...(this.entry === undefined ? {} : { details: { entry: this.entry } }),
    });
  }
}

/** `name` as it may appear in a message: short, without control characters. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
