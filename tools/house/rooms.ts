/** The room that a file stands in. Files at the top of src are rooms of their own; what is left there is the module. */
export function roomOf(file: string): string {
  const [top, second, third] = file.split('/');
  if (top !== 'src') return top ?? '';
  if (third !== undefined) return second ?? '';
  if (second === 'index.ts') return 'index';
  if (second === 'composition.ts') return 'composition';
  return 'module';
}
