import type { OssRequest } from '../../server/oss-request.js';

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * The part of an object that a GetObject asks for. OSS gives the whole object for a range that it does not understand or
 * that reaches beyond the object; with `x-oss-range-behavior: standard`, it does with the latter what HTTP says.
 * @returns `whole`, `unsatisfiable`, or the range
 * @see https://help.aliyun.com/en/oss/developer-reference/getobject
 */
export function rangeOf(
  { headers }: Pick<OssRequest, 'headers'>,
  size: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (first === '' && last === '') return 'whole';
  const isStandard = headers['x-oss-range-behavior'] === 'standard';
  if (first === '') {
    const length = Number(last);
    if (length === 0) return 'unsatisfiable';
    if (length <= size) return { start: size - length, end: size - 1 };
    return !isStandard ? 'whole' : size === 0 ? 'unsatisfiable' : { start: 0, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Number(last);
  if (last !== '' && start > end) return 'whole';
  if (start < size && end < size) return { start, end };
  if (!isStandard) return 'whole';
  return start < size ? { start, end: size - 1 } : 'unsatisfiable';
}
