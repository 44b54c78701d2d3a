import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCommand, type Reply, ReplyError, ReplyReader } from './resp.js';

describe('commands', () => {
  it('are arrays of strings, measured in bytes', () => {
    expect(encodeCommand(['SET', 'café', '🚀'])).toBe('*3\r\n$3\r\nSET\r\n$5\r\ncafé\r\n$4\r\n🚀\r\n');
  });
});

describe('replies', () => {
  const read = (text: string): Reply[] => [...new ReplyReader().read(Buffer.from(text))];

  it('of each kind are understood', () => {
    expect(read('+OK\r\n:42\r\n:-1\r\n$5\r\ncaf\u00e9\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n')).toEqual([
      'OK',
      42,
      -1,
      'caf\u00e9',
      null,
      null,
      [],
      '',
    ]);
  });

  it('nest', () => {
    expect(read('*2\r\n*1\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n:3\r\n')).toEqual([[['a'], ['b', 3]]]);
  });

  it('that are errors become errors', () => {
    const [error] = read('-ERR Function not found\r\n');
    expect(error).toBeInstanceOf(ReplyError);
    expect((error as ReplyError).message).toBe('ERR Function not found');
  });

  it('that are not RESP2 are refused', () => {
    expect(() => read('HTTP/1.1 400\r\n')).toThrow('not RESP2');
  });

  it('are the same however the bytes are cut', () => {
    const replies = fc.letrec<{ reply: string | number | null | unknown[] }>((tie) => ({
      reply: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('reply'), { maxLength: 4 }),
      ),
    })).reply;
    fc.assert(
      fc.property(fc.array(replies, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (sent, size) => {
        const bytes = Buffer.from(sent.map(encodeReply).join(''));
        const reader = new ReplyReader();
        const received: Reply[] = [];
        for (let at = 0; at < bytes.length; at += size)
          received.push(...reader.read(Buffer.from(bytes.subarray(at, at + size))));
        expect(received).toEqual(sent);
      }),
    );
  });
});

function encodeReply(reply: unknown): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (Array.isArray(reply)) return `*${reply.length}\r\n${reply.map(encodeReply).join('')}`;
  return `$${Buffer.byteLength(String(reply))}\r\n${String(reply)}\r\n`;
}
