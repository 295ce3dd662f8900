import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A property of an interface, by its name and the interfaces that its type names. */
interface Member {
  name: string;
  refersTo: string[];
}

/** What stands for the app's own name of a bucket in paths of options. */
export const ANY_BUCKET = 'BUCKET';

/**
 * The paths of all options, as in `tickets.secrets`, read from the interfaces of a file.
 * @param file of the repository
 * @param root name of the interface to begin with
 */
export function optionPaths(file: string, root: string): string[] {
  const source = parse(file);
  const interfaces = new Map<string, Member[]>();
  ts.forEachChild(source, (node) => {
    if (!ts.isInterfaceDeclaration(node)) return;
    const bases = (node.heritageClauses ?? [])
      .flatMap(({ types }) => types.map(({ expression }) => expression.getText()))
      .flatMap((name) => interfaces.get(name) ?? []);
    const members = node.members.filter(ts.isPropertySignature).map((member) => ({
      name: member.name.getText(),
      refersTo: member.type?.getText().match(/\b[A-Z]\w+\b/g) ?? [],
    }));
    interfaces.set(node.name.text, [...bases, ...members]);
  });
  const pathsOf = (name: string, prefix: string): string[] =>
    (interfaces.get(name) ?? []).flatMap((member) => {
      const here = `${prefix}${member.name}`;
      const inner = member.refersTo.filter((each) => interfaces.has(each));
      const below = member.refersTo.includes('Record') ? `${here}.${ANY_BUCKET}.` : `${here}.`;
      const deeper = [...new Set(inner.flatMap((each) => pathsOf(each, below)))];
      return [here, ...deeper];
    });
  return pathsOf(root, '');
}

/** The exported types of a file, and their properties, that have no doc comment. */
export function undocumentedTypes(file: string): string[] {
  const missing: string[] = [];
  const look = (node: ts.Node, name: string): void => {
    const isProperty = ts.isPropertySignature(node);
    const path = isProperty ? `${name}.${node.name.getText()}` : name;
    const isNamed =
      isProperty || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (isNamed && ts.getJSDocCommentsAndTags(node).length === 0) missing.push(path);
    ts.forEachChild(node, (child) => look(child, path));
  };
  ts.forEachChild(parse(file), (node) => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
      look(node, node.name.text);
    }
  });
  return missing;
}

function parse(file: string): ts.SourceFile {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  return ts.createSourceFile(path, ts.sys.readFile(path) ?? '', ts.ScriptTarget.ESNext, true);
}
