import { describe, expect, it, vi } from 'vitest';
import { ServiceLoop } from './index.js';

describe('ServiceLoop', () => {
  it('goes on at once while there is work, then rests until woken', async () => {
    let left = 3;
    const drained = vi.fn();
    const step = vi.fn(async () => {
      left -= 1;
      if (left < 0) drained();
      return left > 0;
    });
    const loop = new ServiceLoop({ name: 'test', intervalMs: 60_000, step, onError: () => {} });
    await loop.start();
    await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(3));
    loop.wake();
    await vi.waitFor(() => expect(drained).toHaveBeenCalled());
    await loop.stop();
    await loop.stop();
  });

  it('reports an error and goes on', async () => {
    const onError = vi.fn();
    let calls = 0;
    const loop = new ServiceLoop({
      name: 'test',
      intervalMs: 1,
      onError,
      step: async () => {
        calls += 1;
        if (calls === 1) throw new Error('broken');
      },
    });
    await loop.start();
    await vi.waitFor(() => expect(calls).toBeGreaterThan(2));
    await loop.stop();
    expect(onError).toHaveBeenCalledOnce();
  });
});
