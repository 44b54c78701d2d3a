/** What each step of the tour plays on. */
import { type Agent } from './agent.js';
import { type Screen } from './screen.js';

export interface Stage {
  agent: Agent;
  screen: Screen;
}
