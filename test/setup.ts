// Runs before each test file; other modules are loaded once for all files of a process.

import { afterAll } from 'vitest';
import { removeTemporaryFolders } from './temporary.ts';

// Registered first, and so run last: processes of the tests have ended by then.
afterAll(removeTemporaryFolders);
