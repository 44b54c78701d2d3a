/** Tools, apart from any protocol. */
export { callTool, refusalAnswer, renderRefusal } from './call-tool.js';
export { inputSchemaOf, outputSchemaOf } from './json-schema.js';
export { MAX_ANSWER_BYTES, renderAnswer, type RenderedAnswer } from './render-answer.js';
export {
  answer,
  CalledOff,
  changes,
  changesOnce,
  defineTool,
  destroys,
  failure,
  reads,
  runsCode,
  type Tool,
  type ToolAnnotations,
  type ToolAnswer,
  type ToolContext,
  type ToolParts,
} from './tool.js';
export { mcsWording, nativeWording, type Wording } from './wording.js';
