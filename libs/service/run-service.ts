/**
 * Runs one service from start to stop.
 * Start: settings, platform, the service's own parts, health, requests. Stop, on SIGTERM or SIGINT: the reverse, so that nothing under way is dropped.
 */
import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BadSettings, readConfig, type Slice } from '#config';
import { type Startable } from '#lifecycle';
import { NatsStrategy } from '#messaging';
import { type HealthCheck, HealthServer } from '#observability';
import { type CommonSlice, openPlatform, type Platform, type PlatformConfig } from './platform.js';

export interface ServiceParts {
  /** Controllers with `@Answers` methods, and their providers. */
  module: DynamicModule;
  /** Started in this order before the first request is taken; stopped in the reverse order. */
  startables: readonly Startable[];
  checks?: readonly HealthCheck[];
  /** Empties and refills every view of the service; run by `main.js --rebuild-views`. */
  rebuildViews?(): Promise<void>;
}

export interface ServiceDefinition<S extends Slice> {
  name: string;
  slices: readonly S[];
  assemble(platform: Platform<S>): Promise<ServiceParts>;
}

export async function runService<S extends Slice>(definition: ServiceDefinition<S>): Promise<void> {
  const config = settingsOrExit(definition);
  const platform = await openPlatform<S>(definition.name, config);
  const parts = await definition.assemble(platform);
  if (process.argv.includes('--rebuild-views')) {
    await parts.rebuildViews?.();
    // Nothing was started, so nothing is stopped: the parts may be at work in another process of this service.
    process.exit(0);
  }
  await serve(platform, parts);
}

function settingsOrExit<S extends Slice>({ name, slices }: ServiceDefinition<S>): PlatformConfig<S> {
  try {
    return readConfig(process.env, ['database', 'nats', ...slices]) as PlatformConfig<S>;
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    process.stderr.write(`tasksmith ${name} cannot start.\n${error.message}\n`);
    process.exit(78);
  }
}

async function serve<S extends Slice>(platform: Platform<S>, parts: ServiceParts): Promise<void> {
  const { logger, nats, namespace } = platform;
  const config = platform.config as PlatformConfig<CommonSlice>;
  const health = new HealthServer({ host: config.HEALTH_HOST, port: config.HEALTH_PORT }, [
    ...platform.checks,
    ...(parts.checks ?? []),
  ]);
  const app = await NestFactory.createMicroservice(parts.module, {
    strategy: new NatsStrategy({ connection: nats, namespace, logger }),
    logger: ['error', 'warn'],
  });
  for (const startable of parts.startables) await startable.start();
  await app.listen();
  await health.start();
  logger.info('ready');
  await signalToStop();
  logger.info('stopping');
  await app.close();
  await stopAll(parts.startables);
  await health.stop();
  await platform.close();
  logger.info('stopped');
  process.exit(0);
}

function signalToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

async function stopAll(startables: readonly Startable[]): Promise<void> {
  for (const startable of [...startables].reverse()) await startable.stop();
}
