import { locale } from './language/language.js';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** In the units that Uppy shows: 1 KB is 1,024 bytes. */
export function formatSize(bytes: number | null): string {
  if (bytes === null) return '';
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: step === 0 ? 0 : 1 });
  return `${number.format(bytes / 1024 ** step)} ${UNITS[step]}`;
}

/** @param iso as the app's JSON has it */
export function formatTime(iso: string, precision: 'short' | 'exact' = 'short'): string {
  return new Intl.DateTimeFormat(locale(), {
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(precision === 'exact'
      ? { year: 'numeric', fractionalSecondDigits: 3, timeZoneName: 'short' }
      : {}),
  }).format(new Date(iso));
}
