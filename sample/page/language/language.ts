import { en, type TextKey } from './en.js';
import { zh } from './zh.js';

export type Language = 'en' | 'zh';

const texts: Record<Language, Record<TextKey, string>> = { en, zh };
const listeners: (() => void)[] = [];
const STORED_AS = 'language';

let current: Language = firstLanguage();

/** The one chosen last, else that of the browser. */
function firstLanguage(): Language {
  const stored = localStorage.getItem(STORED_AS);
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function language(): Language {
  return current;
}

/** For `Intl` and `lang`. */
export function locale(): string {
  return current === 'zh' ? 'zh-CN' : 'en';
}

/** A text in the page's language; `{name}` in it stands for a value. */
export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return texts[current][key].replace(/\{(\w+)\}/g, (_all, name: string) => String(values[name]));
}

/** The word for one of the values that the app's JSON has; the value itself where there is none. */
export function wordFor(
  kind: 'status' | 'source' | 'step' | 'forgery' | 'refusal',
  value: string,
  otherwise = value,
): string {
  const key = `${kind}.${value}`;
  return Object.hasOwn(en, key) ? t(key as TextKey) : otherwise;
}

export function setLanguage(next: Language): void {
  current = next;
  localStorage.setItem(STORED_AS, next);
  translatePage();
  for (const listener of listeners) listener();
}

export function onLanguageChange(listener: () => void): void {
  listeners.push(listener);
}

/** Fills the elements that name their text: `data-text`, `data-label`, `data-placeholder`. */
export function translatePage(): void {
  document.documentElement.lang = locale();
  document.title = t('title');
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    element.textContent = t(element.dataset.text as TextKey);
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
    element.setAttribute('aria-label', t(element.dataset.label as TextKey));
  }
  for (const element of document.querySelectorAll<HTMLInputElement>('[data-placeholder]')) {
    element.placeholder = t(element.dataset.placeholder as TextKey);
  }
}
