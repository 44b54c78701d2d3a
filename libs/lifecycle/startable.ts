/** The contract of everything that runs until it is told to stop. */
export interface Startable {
  start(): Promise<void>;
  /** Stops intake, finishes or hands back, flushes, closes. Safe to call twice. */
  stop(): Promise<void>;
}
