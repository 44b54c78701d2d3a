/** Runs the gateway until SIGTERM or SIGINT. */
import { BadSettings, type Config, readConfig } from '#config';
import { HealthServer } from '#observability';
import { openPlatform } from '#service';
import { createGateway } from './gateway.js';

await main();

async function main(): Promise<void> {
  const config = settingsOrExit();
  const platform = await openPlatform<'gateway'>('gateway', config);
  const { logger, checks } = platform;
  const gateway = await createGateway(platform);
  const health = new HealthServer({ host: config.HEALTH_HOST, port: config.HEALTH_PORT }, checks);
  const url = await gateway.start();
  await health.start();
  logger.info({ url }, 'ready');
  await signalToStop();
  logger.info('stopping');
  await gateway.stop();
  await health.stop();
  await platform.close();
  logger.info('stopped');
  process.exit(0);
}

function settingsOrExit(): Config<'common' | 'database' | 'nats' | 'gateway'> {
  try {
    return readConfig(process.env, ['database', 'nats', 'gateway']);
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    process.stderr.write(`tasksmith gateway cannot start.\n${error.message}\n`);
    process.exit(78);
  }
}

function signalToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}
