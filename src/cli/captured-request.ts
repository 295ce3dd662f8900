/** A request that somebody wrote down. */
export interface CapturedRequest {
  /** Its `id`, where a file holds several. */
  id?: string;
  method: string;
  /** Request target as captured. */
  url: string;
  /** Names and values in turn, as in Node's `rawHeaders`. */
  rawHeaders: string[];
  body: Buffer;
  /** What is odd about the capture. */
  notes: string[];
}
