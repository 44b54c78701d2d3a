// What the three embedded servers have in common.
import { type Home } from './home.js';
import { type SupervisedProcess } from './supervised-process.js';

export type ServerName = 'postgres' | 'redis' | 'nats';

export interface ServerOptions {
  home: Home;
  /** Shows the server's log lines on this terminal too. */
  echo?: boolean;
  onPid?: (name: string, pid: number | undefined) => void;
  /** Tells a person what is worth knowing. */
  say?: (message: string) => void;
}

export interface LocalServer {
  url: string;
  port: number;
  /** Start, stop, restart and kill it; a kill is followed by a restart on the same port, a stop is not. */
  process: SupervisedProcess;
}
