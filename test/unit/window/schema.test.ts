// The types of a window and the tables of its codec declare the same, field by field.
import ts from 'typescript';
import { expect, it } from 'vitest';
import { type Field, type Schema, WINDOW_SCHEMA } from '../../../src/window/wire-schema.ts';

const FILE = 'src/model/usage.ts';
const program = ts.createProgram([FILE], {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
});
const checker = program.getTypeChecker();

interface Described {
  readonly kind: string;
  readonly words?: readonly string[];
  readonly fields?: Readonly<Record<string, Described>>;
}

function windowType(): ts.Type {
  const source = program.getSourceFile(FILE);
  const symbol = source && checker.getSymbolAtLocation(source);
  const window = symbol && checker.getExportsOfModule(symbol).find(({ name }) => name === 'UsageWindow');
  if (window === undefined) throw new Error(`${FILE} declares no UsageWindow`);
  return checker.getDeclaredTypeOfSymbol(window);
}

function fieldsOfType(type: ts.Type): Record<string, Described> {
  return Object.fromEntries(
    checker.getPropertiesOfType(type).map((property) => [property.name, describeProperty(property)]),
  );
}

function describeProperty(property: ts.Symbol): Described {
  // The type checker treats an instant as a number: its notation distinguishes it.
  const { valueDeclaration } = property;
  const written = valueDeclaration && ts.isPropertySignature(valueDeclaration) ? valueDeclaration.type : null;
  const isTime = written?.getText().includes('TimestampUs') === true;
  const type = checker.getTypeOfSymbol(property);
  const isNullable = checker.typeToString(type).includes('| null');
  return describeType(checker.getNonNullableType(type), isTime, isNullable);
}

/** Of a list, which may be one that is made as it is read. */
function elementOf(type: ts.Type): ts.Type | undefined {
  if (type.symbol?.name === 'Entries') return checker.getTypeArguments(type as ts.TypeReference)[0];
  return checker.isArrayLikeType(type) ? checker.getIndexTypeOfType(type, ts.IndexKind.Number) : undefined;
}

function describeType(type: ts.Type, isTime: boolean, isNullable: boolean): Described {
  const element = elementOf(type);
  if (element !== undefined) {
    const { kind, ...rest } = describeType(element, isTime, false);
    return { kind: `${kind}s`, ...rest };
  }
  const text = isNullable ? 'OrNull' : '';
  if (type.flags & ts.TypeFlags.NumberLike) return { kind: isTime ? 'time' : 'number' };
  if (type.flags & ts.TypeFlags.String) return { kind: `text${text}` };
  if (type.flags & ts.TypeFlags.BooleanLike) return { kind: 'bool' };
  if (type.isUnion()) return { kind: `word${text}`, words: wordsOf(type) };
  if (checker.getIndexTypeOfType(type, ts.IndexKind.String) !== undefined) return { kind: 'counts' };
  return { kind: 'message', fields: fieldsOfType(type) };
}

function wordsOf(type: ts.UnionType): string[] {
  return type.types.map((each) => (each.isStringLiteral() ? each.value : checker.typeToString(each))).sort();
}

function fieldsOfSchema(schema: Schema): Record<string, Described> {
  return Object.fromEntries(schema.map((field) => [field.name, describeField(field)]));
}

function describeField({ kind, words, schema }: Field): Described {
  if (kind === 'signed') return { kind: 'number' };
  if (words !== undefined) return { kind, words: [...words].sort() };
  const isMessage = kind === 'message' || kind === 'messages';
  return isMessage ? { kind, fields: fieldsOfSchema(schema ?? []) } : { kind };
}

it('has a field in the tables for each of its types, of the same kind and with the same words', () => {
  expect(fieldsOfSchema(WINDOW_SCHEMA)).toEqual(fieldsOfType(windowType()));
});
