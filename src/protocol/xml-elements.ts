/** The contents of all elements of one name; they have no attributes, and hold none of their own name. */
export function xmlElements(xml: string, name: string): string[] {
  const [opening, closing] = [`<${name}>`, `</${name}>`];
  const contents: string[] = [];
  let start = xml.indexOf(opening);
  while (start !== -1) {
    const end = xml.indexOf(closing, start + opening.length);
    if (end === -1) break;
    contents.push(xml.slice(start + opening.length, end));
    start = xml.indexOf(opening, end + closing.length);
  }
  return contents;
}
