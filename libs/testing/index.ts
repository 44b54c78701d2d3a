export { createPrivateSchema, type PrivateSchema } from './private-schema.js';
