import { describe, expect, it } from 'vitest';
import { durationMs, taskArguments, wholeNumber } from './arguments.js';

describe('taskArguments', () => {
  it('takes a value as JSON when it parses, else as text', () => {
    const arg = ['top=5', 'text=Hello, you', 'flag=true', 'list=[1,2]', 'digits="5"', 'sum=1+1=2'];
    expect(taskArguments({ arg })).toEqual({
      top: 5,
      text: 'Hello, you',
      flag: true,
      list: [1, 2],
      digits: '5',
      sum: '1+1=2',
    });
  });

  it('lets single arguments win over the JSON object', () => {
    expect(taskArguments({ argsJson: '{"a":1,"b":2}', arg: ['b=3'] })).toEqual({ a: 1, b: 3 });
  });

  it('reads the JSON object from stdin for "-"', () => {
    expect(taskArguments({ argsJson: '-' }, () => '{"a":1}')).toEqual({ a: 1 });
  });

  it.each([
    [{ arg: ['top'] }],
    [{ arg: ['=5'] }],
    [{ argsJson: '{' }],
    [{ argsJson: '[1]' }],
    [{ arg: ['a=@/nowhere'] }],
  ])('refuses %j as a mistake in usage', (given) => {
    expect(() => taskArguments(given)).toThrow(expect.objectContaining({ exit: 'usage' }));
  });
});

describe('durationMs', () => {
  it.each([
    ['2', 2_000],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ])('reads %s as %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['', 'soon', '-1s', '5 weeks'])('refuses %j', (text) => expect(() => durationMs(text)).toThrow(/duration/));
});

it('takes whole numbers only', () => {
  expect(wholeNumber('12')).toBe(12);
  expect(() => wholeNumber('1.5')).toThrow();
});
