/** How a running local stack looks to people. */
import { type StackState } from '../../../deploy/local/state.js';
import { type ItemView } from '../output/output.js';
import { moment } from '../output/values.js';

export const stackView: ItemView<StackState> = {
  name: ({ addresses }) => addresses?.api ?? '',
  rows: ({ phase, startedAt, owner, addresses, processes }) => [
    ['stack', `${phase}, pid ${owner.pid}, since ${moment(startedAt)}`],
    ['MCP', addresses?.mcp ?? '-'],
    ['REST', addresses?.api ?? '-'],
    ['REST, described', addresses?.docs ?? '-'],
    ['processes', Object.keys(processes).join(', ')],
  ],
};
