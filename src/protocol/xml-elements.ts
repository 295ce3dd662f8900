/** The contents of all elements of one name, which have no attributes and are not nested in each other. */
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
