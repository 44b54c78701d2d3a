/** B14: what a call of a tool over MCP costs beyond the same call over REST. The bare client is judged; the SDK's adds its own work at the caller. */
import { type Bench } from '../bench.js';
import { type Timing } from '../contestant.js';
import { atMost, type Findings } from '../figures.js';
import { interleave } from '../interleave.js';
import { medianOf, percentileOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const mcpCalls: Scenario = { id: 'b14', title: 'MCP tools/call over and above REST', measure };

const ways = ['rest', 'bare', 'sdk'] as const;
const names = { rest: 'REST', bare: 'MCP, bare JSON-RPC client', sdk: 'MCP, SDK client' };

async function measure(bench: Bench): Promise<Findings> {
  const platform = await bench.platform();
  const client = await bench.keep('mcp-client', () => platform.startProgram('mcp-client'));
  const call = (way: (typeof ways)[number], runs: number): Promise<Timing> => {
    platform.noteSubmitted(runs);
    return client.ask({ do: way, runs, inFlight: 1 });
  };
  for (const way of ways) await call(way, bench.size(500, 10));
  const runs = bench.size(800, 20);
  const measured = await interleave(bench.pairs, ways, async (way) => (await call(way, runs)).latenciesMs);
  const p50 = measured.map((rounds) => rounds.map((latencies) => percentileOf(latencies, 0.5)));
  const [rest = [], bare = [], sdk = []] = p50;
  const added = (mcp: number[]): number[] => mcp.map((ms, round) => ms - rest[round]!);
  return {
    figures: [
      {
        id: 'B14',
        name: 'p50 over REST, bare client',
        unit: 'ms',
        value: medianOf(added(bare)),
        pairs: added(bare),
        must: atMost(3),
        aim: atMost(1),
      },
      { id: 'B14', name: 'p50 over REST, SDK client', unit: 'ms', value: medianOf(added(sdk)), pairs: added(sdk) },
    ],
    series: ways.map((way, index) => ({ name: `${names[way]} p50`, unit: 'ms', values: p50[index]! })),
    notes: [`${runs} calls a round, one at a time, of trigger_task and of POST /runs with Prefer: wait`],
  };
}
