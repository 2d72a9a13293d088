// `wiretally catalogue lint`: checks the catalogue against its rules.

import { plural } from '../../../text/quantity.ts';
import { defineCommand } from '../../command.ts';
import { catalogueListing } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson } from '../../output/stdout.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';

export const command = defineCommand({
  summary: 'Check the catalogue against its rules',
  options: catalogueListing,
  examples: [],
  async run(_, options) {
    const [{ readBuiltIn, readOwnTexts }, { parseCatalogue }, { lintCatalogue }, place] = await Promise.all([
      import('../../../files/catalogue-files.ts'),
      import('../../../catalogue/parse.ts'),
      import('../../../catalogue/lint-catalogue.ts'),
      import('../../../catalogue/entry-place.ts'),
    ]);
    const texts = readBuiltIn();
    const added = options.catalogue.flatMap(readOwnTexts);
    const data = parseCatalogue(texts, added);
    const own = new Set(data.tools.slice(texts.tools.length).map(({ id }) => id));
    const problems = lintCatalogue(data, own);
    if (options.format === 'json') await writeJson(problems);
    else if (problems.length === 0)
      await writeWrapped([`${plural(data.tools.length, 'entry', 'entries')}, no fault`]);
    else {
      const files = [...texts.tools, ...added];
      const byId = new Map(
        files.flatMap((text, i) => data.tools.slice(i, i + 1).map(({ id }) => [id, text])),
      );
      await writeWrapped(place.formatProblems(problems, byId));
    }
    return problems.length === 0 ? EXIT.done : EXIT.usage;
  },
});
