/** One JSON line for each log entry, or readable lines on a terminal. Entries go to stderr: stdout is for data. */
import { pino, type Logger as PinoLogger, destination } from 'pino';
import pretty from 'pino-pretty';

export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

export interface LoggerOptions {
  service: string;
  level: string;
  pretty: boolean;
}

export function createLogger({ service, level, pretty: readable }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pinoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return readable
    ? pino(options, pretty({ destination: 2, ignore: 'pid,hostname,service', sync: true }))
    : pino(options, destination({ fd: 2, sync: true }));
}

const pinoTime = (): string => `,"time":"${new Date().toISOString()}"`;

export const silentLogger: Logger = pino({ level: 'silent' });
