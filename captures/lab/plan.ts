// A plan of recordings: a JSON file in captures/lab/plans, so that the next version is one command.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const planSchema = z.strictObject({
  /** Id in the catalogue, existing or new. */
  tool: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** In the npm registry; absent: the program is installed already. */
  npm: z.string().min(1).optional(),
  /** Absent: the newest. */
  version: z.string().min(1).optional(),
  /** It runs on the Node of this machine. */
  runtime: z.literal('node').optional(),
  /** "{bin}" stands for the folder of the installed programs, "{modules}" for that of packages, "{home}" for the run's home. */
  command: z.array(z.string()).min(1),
  /** Test keys and settings; of the machine's environment only PATH is passed on. */
  env: z.record(z.string(), z.string()).default({}),
  /** Files in the home of the run, by path. */
  files: z.record(z.string().regex(/^(?!\/)(?!.*\.\.)/), z.string()).default({}),
  purpose: z.string().min(3),
  /** Its model API, for faults of one name. */
  model: z.string().min(3).optional(),
  /** The run is ended after so long. */
  seconds: z.int().min(1).max(3600).default(60),
  /** Other ways to start the same program, by name: what differs from the plan. */
  variants: z
    .record(
      z.string().regex(/^[a-z0-9-]+$/),
      z.strictObject({
        command: z.array(z.string()).min(1).optional(),
        env: z.record(z.string(), z.string()).default({}),
        files: z.record(z.string().regex(/^(?!\/)(?!.*\.\.)/), z.string()).default({}),
        purpose: z.string().min(3).optional(),
        model: z.string().min(3).optional(),
      }),
    )
    .default({}),
  /** Additional names of this tool's telemetry: a pattern over name and path. */
  telemetry: z.string().optional(),
});

export type Plan = z.infer<typeof planSchema>;

/** The plan with the differences of a variant. */
export function planOf(plan: Plan, variant: string): Plan {
  const other = plan.variants[variant];
  if (other === undefined) throw new Error(`the plan has no variant "${variant}"`);
  return {
    ...plan,
    command: other.command ?? plan.command,
    env: { ...plan.env, ...other.env },
    files: { ...plan.files, ...other.files },
    purpose: other.purpose ?? plan.purpose,
    model: other.model ?? plan.model,
  };
}

export function readPlan(file: string): Plan {
  return planSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
