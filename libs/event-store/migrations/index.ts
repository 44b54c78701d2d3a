/**
 * All migrations. To add one: a file `<number>-<what>.ts` with a class that `implements MigrationInterface`, has
 * `readonly name = migrationName(<number>, '<What>')` and creates its objects without naming a schema; then a line here.
 * Rights need no line: after the migrations the services' role may read and write every table but the log's.
 */
import { Log } from './0001-log.js';
import { DispatcherViews } from './0002-dispatcher-views.js';
import { RunsByMonth } from './0004-runs-by-month.js';
import { LighterAppend } from './0005-lighter-append.js';
import { RegistryViews } from './0010-registry-views.js';
import { SchedulerViews } from './0011-scheduler-views.js';
import { Deployer } from './0012-deployer.js';

export const migrations = [Log, DispatcherViews, RunsByMonth, LighterAppend, RegistryViews, SchedulerViews, Deployer];
