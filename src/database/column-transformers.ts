import type { ValueTransformer } from 'typeorm';

/** `pg` returns bigint as text; sizes of objects fit a number. */
export const bigintAsNumber: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};
