// The product of a service beside the field that opencode sends to any server.

import { expect, test } from 'vitest';
import { findServiceName } from '../../../src/model/services.ts';

test.each([
  ['ollamaAnswer', 'ollama', 'certain'],
  ['llamaServer', 'llama.cpp', 'certain'],
  ['lmStudioOwner', 'lm-studio', 'likely'],
  ['vllmOwner', 'vllm', 'certain'],
  ['liteLlmField', 'litellm', 'certain'],
  ['openAiAnswer', 'openai-compatible', 'certain'],
  ['openCodeAnswer', 'opencode', 'certain'],
])('%s asked by opencode is %s', (sign, product, confidence) => {
  expect(findServiceName(new Set([sign, 'openCodeField']), 8080)).toMatchObject({ product, confidence });
});

test('the header of opencode alone is likely', () => {
  expect(findServiceName(new Set(['openCodeField']), 4096)).toMatchObject({
    product: 'opencode',
    confidence: 'likely',
  });
});
