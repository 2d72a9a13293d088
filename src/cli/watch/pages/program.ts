// The process of the pages, as it is started.

import { programBeside } from '../../../files/program-files.ts';
import type { ViewProgram } from '../view/live-view.ts';

/** `stderr`: lines where a screen owns the terminal. */
export function pagesProgram(stderr: ViewProgram['stderr']): ViewProgram {
  const program = programBeside(import.meta.url, 'pages-process');
  return { program, name: 'the pages', option: '--listen', isScreen: false, stderr };
}
