/** What lies where in a deployment folder: the bundle's files, and in one folder of its own what the platform keeps. */
import { join } from 'node:path';

/** No bundle may have a file in it. */
export const PLATFORM_FOLDER = '.tasksmith';

export const platformFolder = (deploymentPath: string): string => join(deploymentPath, PLATFORM_FOLDER);
