/** Shapes that several routes share. */
import { z } from 'zod';
import { type Json, Moment } from '#contracts';

/** Any JSON. What came through the parser is JSON already: looking at every member again would only cost time. */
export const AnyJson = z.unknown() as unknown as z.ZodType<Json, Json>;

export const pageQuery = {
  cursor: z.string().max(500).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
};

export const ProblemShape = z.object({
  type: z.string().describe('urn:tasksmith:problem:<code>'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().optional(),
  instance: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});

export const Nothing = z.object({});

export { Moment };
