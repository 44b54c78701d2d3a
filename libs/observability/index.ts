export { createLogger, silentLogger, type Logger, type LoggerOptions } from './logger.js';
export { HealthServer, reportHealth, type HealthCheck, type HealthReport } from './health.js';
