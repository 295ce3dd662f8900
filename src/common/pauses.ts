export interface GrowingPause {
  /** After one failure; after each further one twice as long. */
  firstMs: number;
  longestMs: number;
  /** See {@link withJitter}. Default: 0. */
  jitter?: number;
}

/** Between looks at what a process could not bring to an end. */
export const MINUTE_TO_HOUR: GrowingPause = { firstMs: 60_000, longestMs: 3_600_000 };

/** How long to wait after so many failures in a row. */
export function pauseAfter(
  failures: number,
  { firstMs, longestMs, jitter = 0 }: GrowingPause,
): number {
  return withJitter(Math.min(longestMs, firstMs * 2 ** (failures - 1)), jitter);
}

/** How long to wait after something that has lasted so long: as long again, so that the pauses double. */
export function pauseByAge(ageMs: number, { firstMs, longestMs }: GrowingPause): number {
  return Math.min(longestMs, Math.max(firstMs, ageMs));
}

/**
 * A time that is randomly longer or shorter, so that what started together does not return together.
 * @param jitter by how much at most, as a fraction of the time: 0.1 for a tenth
 */
export function withJitter(timeMs: number, jitter: number): number {
  return timeMs * (1 + jitter * (2 * Math.random() - 1));
}
