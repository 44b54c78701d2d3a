import { describe, expect, it } from 'vitest';
import { RunPolicies, RunPoliciesInput } from './policies.js';

describe('policies as a caller writes them', () => {
  it('say nothing about what was left out', () => {
    expect(RunPoliciesInput.parse({ maxAttempts: 3 })).toEqual({ maxAttempts: 3 });
  });

  it('are completed with the defaults', () => {
    expect(RunPolicies.parse({ maxAttempts: 3 })).toMatchObject({
      maxAttempts: 3,
      maxCrashes: 3,
      softLimitMs: 300_000,
    });
  });
});
