/** The room a file stands in; files at the top of src are the module, the index, or a leaf. */
export function roomOf(file: string): string {
  const [top, second, third] = file.split('/');
  if (top !== 'src') return top ?? '';
  if (third !== undefined) return second ?? '';
  if (second === 'index.ts') return 'index';
  return /^oss-callback\.(errors?|options|config|log-text|log-fields|channels)\b/.test(second ?? '')
    ? 'leaf'
    : 'module';
}
