/** The one document that `-o json` prints. */
export interface Summary {
  ok: boolean;
  seconds: number;
  urls: { mcp: string; api: string; docs: string };
  start: { startedHere: boolean; seconds: number };
  tools: { count: number; names: string[] };
  generated: { files: string[] };
  deployment: {
    deploymentId: string;
    version: number;
    /** Where its workers run. */
    host: 'docker' | 'process';
    seconds: number;
    stages: string[];
    smokeTests: number;
  };
  found: { query: string; names: string[] };
  call: { characters: number; words: number; readingMinutes: number; mostFrequent: string[]; ms: number };
  /** One call at a time, each waited for, in milliseconds. */
  latency: { calls: number; p50: number; p95: number };
  many: { runs: number; succeeded: number; seconds: number; callsPerSecond: number };
  schedule: { scheduleId: string; firings: { runId: string; at: string }[] };
  history: { runId: string; events: { version: number; type: string }[] };
  wrongArgument: { code: string; message: string; hint: string };
}
