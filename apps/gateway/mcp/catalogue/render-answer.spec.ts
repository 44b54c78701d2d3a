import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES, renderAnswer } from './render-answer.js';
import { answer, failure } from './tool.js';

const sizeOf = (rendered: { content: { text: string }[] }) => Buffer.byteLength(rendered.content[0]!.text);

describe('an answer', () => {
  it('has the same members as text and as structured content', () => {
    const rendered = renderAnswer(answer({ a: 1, nothing: null, left: undefined }));
    expect(rendered).toMatchObject({ structuredContent: { success: true, a: 1, nothing: null }, isError: false });
    expect(rendered.content).toEqual([{ type: 'text', text: '{"success":true,"a":1,"nothing":null}' }]);
    expect(renderAnswer(failure({ code: 'x' }))).toMatchObject({
      isError: true,
      structuredContent: { success: false },
    });
  });

  it.each([
    ['text', 'x'.repeat(200_000)],
    ['text that grows when it is written as JSON', '"\n\\'.repeat(50_000)],
    ['text of several bytes a character', '🙂日'.repeat(40_000)],
    ['a list', Array.from({ length: 30_000 }, (_, index) => ({ index }))],
    ['a list of one large text', ['x'.repeat(200_000)]],
    ['an object', Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`name${index}`, index]))],
  ])('is cut down when it is too long: %s', (_, result) => {
    const rendered = renderAnswer(answer({ status: 'SUCCESS', result }, { whole: 'The whole is there.' }));
    expect(sizeOf(rendered)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(sizeOf(rendered)).toBeGreaterThan(MAX_ANSWER_BYTES * 0.8);
    expect(rendered.structuredContent).toMatchObject({
      status: 'SUCCESS',
      truncated: { members: ['result'], note: expect.stringContaining('The whole is there.') as string },
    });
    expect(JSON.parse(rendered.content[0]!.text)).toEqual(rendered.structuredContent);
    expect(Array.isArray(rendered.structuredContent['result'])).toBe(Array.isArray(result));
  });

  it('has its largest members cut first, and as many as it takes', () => {
    const rendered = renderAnswer(answer({ log: 'l'.repeat(90_000), error: 'e'.repeat(80_000), small: 'kept' }));
    expect(sizeOf(rendered)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(rendered.structuredContent).toMatchObject({ small: 'kept', truncated: { members: ['log', 'error'] } });
  });
});
