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
 * The paths of all options, as in `tickets.secrets`, read from the interfaces of files.
 * @param files of the repository; an interface comes after those that it extends
 * @param root name of the interface to begin with
 */
export function optionPaths(files: readonly string[], root: string): string[] {
  const interfaces = new Map<string, Member[]>();
  const nodes = files.flatMap((file) => [...parse(file).statements]);
  for (const node of nodes.filter(ts.isInterfaceDeclaration)) {
    const bases = (node.heritageClauses ?? [])
      .flatMap(({ types }) => types.map(({ expression }) => expression.getText()))
      .flatMap((name) => interfaces.get(name) ?? []);
    const members = node.members.filter(ts.isPropertySignature).map((member) => ({
      name: member.name.getText(),
      refersTo: member.type?.getText().match(/\b[A-Z]\w+\b/g) ?? [],
    }));
    interfaces.set(node.name.text, [...bases, ...members]);
  }
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

function parse(file: string): ts.SourceFile {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  return ts.createSourceFile(path, ts.sys.readFile(path) ?? '', ts.ScriptTarget.ESNext, true);
}
