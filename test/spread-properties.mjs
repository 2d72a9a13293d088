// TypeScript does not check the properties of an object literal that is spread into another one, as in
// `{ ...omitUndefined({ onHello }) }`: a renamed option would be lost. Lists those that the expected type does not have, and
// fails if there is one.

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const config = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.json`, {}, ts.sys);
const program = ts.createProgram(config.fileNames, config.options);
const checker = program.getTypeChecker();

function listLiterals(node) {
  if (ts.isParenthesizedExpression(node)) return listLiterals(node.expression);
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(listLiterals);
  if (ts.isCallExpression(node))
    return node.expression.getText() === 'omitUndefined' ? node.arguments.flatMap(listLiterals) : [];
  return ts.isObjectLiteralExpression(node) ? [node] : [];
}

function accepts(type, name) {
  if (type.isUnion()) return type.types.some((part) => accepts(part, name));
  const isOpen =
    (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0 ||
    checker.getIndexInfosOfType(type).length > 0 ||
    checker.getPropertiesOfType(type).length === 0;
  return isOpen || checker.getPropertyOfType(type, name) !== undefined;
}

function check(node, file) {
  const expected = ts.isObjectLiteralExpression(node) ? checker.getContextualType(node) : undefined;
  if (expected !== undefined) {
    const spreads = node.properties.filter(ts.isSpreadAssignment);
    for (const { name } of spreads
      .flatMap(({ expression }) => listLiterals(expression))
      .flatMap((l) => l.properties)) {
      if (
        name === undefined ||
        !ts.isIdentifier(name) ||
        accepts(checker.getNonNullableType(expected), name.text)
      )
        continue;
      const { line } = file.getLineAndCharacterOfPosition(name.getStart());
      console.error(
        `${relative(root, file.fileName)}:${line + 1}: the expected type has no property "${name.text}"`,
      );
      process.exitCode = 1;
    }
  }
  ts.forEachChild(node, (child) => check(child, file));
}

for (const file of program.getSourceFiles()) {
  if (file.fileName.startsWith(`${root}src/`)) check(file, file);
}
