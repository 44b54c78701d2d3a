/** The tour: what an agent does, from looking at its tools to reading the log. */
import { Agent } from './agent.js';
import { type Platform } from './platform.js';
import { type Screen } from './screen.js';
import { callMany } from './steps/call-many.js';
import { callOnRealText, measureLatency } from './steps/call.js';
import { deploy } from './steps/deploy.js';
import { discover } from './steps/discover.js';
import { showHistory } from './steps/history.js';
import { listTools } from './steps/list-tools.js';
import { schedule } from './steps/schedule.js';
import { writeCode } from './steps/write-code.js';
import { callWrongly } from './steps/wrong-argument.js';
import { type Summary } from './summary.js';
import { realText } from './word-stats.js';

export type Toured = Omit<Summary, 'ok' | 'seconds' | 'urls' | 'start'>;

export async function tour(platform: Platform, screen: Screen): Promise<Toured> {
  const agent = await Agent.connect({ mcpUrl: platform.urls.mcp, key: platform.adminKey });
  try {
    return await play({ agent, screen }, realText());
  } finally {
    await agent.close();
  }
}

async function play(stage: { agent: Agent; screen: Screen }, text: string): Promise<Toured> {
  const tools = await listTools(stage);
  const files = await writeCode(stage);
  const deployment = await deploy(stage, files);
  const found = await discover(stage);
  const call = await callOnRealText(stage, text);
  const latency = await measureLatency(stage, text);
  const { runIds, ...many } = await callMany(stage, text);
  const scheduled = await schedule(stage);
  const history = await showHistory(stage, runIds[0]!);
  const wrongArgument = await callWrongly(stage);
  return {
    tools,
    generated: { files: files.map(({ path }) => path) },
    deployment,
    found,
    call,
    latency,
    many,
    schedule: scheduled,
    history,
    wrongArgument,
  };
}
