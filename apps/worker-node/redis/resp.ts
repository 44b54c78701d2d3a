/** RESP2, the wire format of Redis: https://redis.io/docs/latest/develop/reference/protocol-spec/ */

export type Reply = string | number | null | ReplyError | Reply[];

/** An error that Redis answered, e.g. `ERR Function not found`. */
export class ReplyError extends Error {
  override name = 'ReplyError';
}

export function encodeCommand(args: readonly string[]): string {
  let command = `*${args.length}\r\n`;
  for (const arg of args) command += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
  return command;
}

const INCOMPLETE = -1;
const [CR, MINUS, ZERO] = [13, 45, 48];
const [SIMPLE, ERROR, INTEGER, BULK, ARRAY] = [43, 45, 58, 36, 42];

/** Takes chunks as they arrive, gives whole replies. A reply is decoded only once all of it is here. */
export class ReplyReader {
  private chunks: Buffer[] = [];
  private held = 0;
  private needed = 1;
  private buffer: Buffer = Buffer.alloc(0);
  private at = 0;

  *read(chunk: Buffer): Generator<Reply> {
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held < this.needed) return;
    this.buffer = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    this.at = 0;
    while (this.at < this.buffer.length && this.endOf(this.at) !== INCOMPLETE) yield this.decode();
    this.keepRest();
  }

  private keepRest(): void {
    const rest = this.buffer.subarray(this.at);
    if (rest.length === 0) this.needed = 1;
    else this.needed = Math.max(this.needed - this.at, rest.length + 1);
    this.chunks = rest.length === 0 ? [] : [rest];
    this.held = rest.length;
  }

  /** Where the reply that starts at `start` ends; INCOMPLETE, with `needed` set, when more must arrive first. */
  private endOf(start: number): number {
    const line = this.endOfLine(start);
    if (line === INCOMPLETE) return this.lacking(this.buffer.length + 1);
    const type = this.buffer[start];
    if (type !== BULK && type !== ARRAY) return line;
    const length = this.integer(start + 1, line - 2);
    if (length < 0) return line;
    if (type === BULK)
      return line + length + 2 <= this.buffer.length ? line + length + 2 : this.lacking(line + length + 2);
    let end = line;
    for (let i = 0; i < length && end !== INCOMPLETE; i++) end = this.endOf(end);
    return end;
  }

  private lacking(needed: number): number {
    this.needed = needed;
    return INCOMPLETE;
  }

  /** Lines are short: a loop is quicker than a call of `indexOf`. */
  private endOfLine(start: number): number {
    const { buffer } = this;
    let cr = start;
    while (cr < buffer.length && buffer[cr] !== CR) cr++;
    return cr + 1 >= buffer.length ? INCOMPLETE : cr + 2;
  }

  private decode(): Reply {
    const start = this.at;
    const line = this.endOfLine(start);
    this.at = line;
    const end = line - 2;
    const type = this.buffer[start];
    if (type === BULK) return this.bulk(this.integer(start + 1, end));
    if (type === ARRAY) return this.array(this.integer(start + 1, end));
    if (type === INTEGER) return this.integer(start + 1, end);
    if (type === SIMPLE) return this.text(start + 1, end);
    if (type === ERROR) return new ReplyError(this.text(start + 1, end));
    throw new Error(`not RESP2: a reply begins with byte ${type}`);
  }

  private bulk(length: number): string | null {
    if (length < 0) return null;
    const start = this.at;
    this.at += length + 2;
    return this.text(start, start + length);
  }

  private array(length: number): Reply[] | null {
    if (length < 0) return null;
    const members: Reply[] = [];
    for (let i = 0; i < length; i++) members.push(this.decode());
    return members;
  }

  private text(start: number, end: number): string {
    return this.buffer.toString('utf8', start, end);
  }

  private integer(start: number, end: number): number {
    const isNegative = this.buffer[start] === MINUS;
    let value = 0;
    for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + (this.buffer[at]! - ZERO);
    return isNegative ? -value : value;
  }
}
