/**
 * The element that a selector finds; a page without it is a mistake of ours.
 * @param type what it must be
 */
export function find(selector: string): HTMLElement;
export function find<T extends HTMLElement>(selector: string, type: new () => T): T;
export function find(selector: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const element = document.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${type.name} at ${selector}`);
}

/** Makes an element. Texts are put in as text, so that no name or type of a file becomes markup. */
export function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function badge(look: 'good' | 'waiting' | 'bad' | 'plain', text: string): HTMLElement {
  return create('span', { class: `badge ${look}` }, text);
}

const TAIL_CHARACTERS = 9;
const UNCUT_CHARACTERS = 14;

/** A text on one line, cut in the middle where it is too wide: names and keys often differ only at their ends. */
export function cutInTheMiddle(text: string, className: string): HTMLElement {
  const element = create('span', { class: `cut ${className}`, title: text });
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  if (characters.length <= UNCUT_CHARACTERS) element.append(text);
  else {
    let place = characters.length - TAIL_CHARACTERS;
    while (characters[place] === ' ') place += 1; // no gap after the ellipsis
    element.append(create('span', { class: 'cut-head' }, characters.slice(0, place).join('')));
    element.append(create('span', {}, characters.slice(place).join('')));
  }
  return element;
}

/** Says something to those who cannot see it. */
export function announce(text: string): void {
  find('#announcements').textContent = text;
}
