/** Writing bundles from descriptions. */
export { AdditionalFile, DescribedTask, type BundleDescription, type BundleFile } from './bundle-description.js';
export { writeBundle } from './write-bundle.js';
