/** Bundles: unpack, check, inspect, keep, lay out. */
export { type Bundle, type BundleFile, textOf } from './bundle.js';
export { limitsOf } from './limits.js';
export { openBundle, type OpenBundleOptions } from './open-bundle.js';
export { inspectBundle, type Inspected } from './inspect.js';
export { type Manifest, MANIFEST } from './manifest.js';
export { BundleStore } from './bundle-store.js';
export { DeploymentFolders } from './deployment-folders.js';
