// Answers of a program: one JSON line per host, tool and day that it names.
import { z } from 'zod';

const count = z.number().int().nonnegative();

const answerSchema = z.strictObject({
  capture: z.string().describe('path below captures/, as in truth.jsonl'),
  host: z.string().describe('address of the host'),
  tool: z.string().describe('id of the tool, as in `wiretally catalogue list`'),
  time: z
    .string()
    .describe('time of the use (RFC 3339), or its day (YYYY-MM-DD) in the time zone of the capture'),
  confidence: z.enum(['certain', 'likely', 'possible']).optional().describe('default: certain'),
  requests: z
    .union([count, z.strictObject({ min: count, max: count })])
    .optional()
    .describe(
      'requests to a model of this host and tool, over the whole capture; the first line with it counts',
    ),
});

export type Answer = z.infer<typeof answerSchema>;

export const MAX_ANSWER_BYTES = 64 << 20;

/** `source` names the file in errors; `isTool` knows the ids that may be answered. */
export function parseAnswers(text: string, source: string, isTool: (id: string) => boolean): Answer[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${source}:${i + 1}`;
    const answer = answerSchema.safeParse(parseLine(line, where));
    if (!answer.success) {
      const [issue] = answer.error.issues;
      throw new Error(`${where}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. Fix this line.`);
    }
    const { tool, time } = answer.data;
    if (!isTool(tool)) {
      throw new Error(
        `${where}: "${tool}" is not the id of a tool. Pass an id that "wiretally catalogue list" prints; providers are not scored.`,
      );
    }
    if (!/^\d{4}-\d{2}-\d{2}/u.test(time) || Number.isNaN(Date.parse(time))) {
      throw new Error(`${where}: "${time}" is not a time. Pass RFC 3339 or YYYY-MM-DD.`);
    }
    return [answer.data];
  });
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`${where}: not JSON. Write one JSON object per line.`, { cause });
  }
}
