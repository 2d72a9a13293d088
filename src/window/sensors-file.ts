// Parses the sensors file, which lists the networks of each sensor.

import { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import { parseNetwork } from '../net/address.ts';
import { schemaFaults } from '../text/schema-fault.ts';
import { formatProblem, type Problem, problemsAt, readTree } from '../text/text-tree.ts';
import { SensorFileNetworks } from './sensor-networks.ts';

/** Limits of the file: the largest fleets have some thousand sites, and a site some hundred networks. */
const MAX_SENSORS = 10_000;
const MAX_NETWORKS = 10_000;

const network = z.string().refine((text) => parseNetwork(text) !== null, {
  error: 'must be a network like 10.20.0.0/16 or 2001:db8::/32, without bits behind its prefix',
});
const sensorsSchema = z.strictObject({
  sensors: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        /** Comment for administrators. */
        site: z.string().min(1).max(256).optional(),
        networks: z.array(network).min(1).max(MAX_NETWORKS),
      }),
    )
    .min(1)
    .max(MAX_SENSORS),
});

/** Throws SENSORS_INVALID with one line per fault. */
export function parseSensorsFile(text: string, file: string): SensorFileNetworks {
  const read = readTree(text);
  if ('problems' in read) throw invalid(file, read.problems);
  const { tree } = read;
  const parsed = sensorsSchema.safeParse(tree.value);
  if (!parsed.success)
    throw invalid(file, problemsAt(tree, schemaFaults(parsed.error, sensorsSchema, tree.value)));
  return new SensorFileNetworks(
    parsed.data.sensors.map(({ name, networks }) => ({
      name,
      networks: networks.map(parseNetwork).filter((network) => network !== null),
    })),
  );
}

const invalid = (file: string, problems: readonly Problem[]): WiretallyError =>
  new WiretallyError('SENSORS_INVALID', problems.map((problem) => formatProblem(file, problem)).join('\n'));
