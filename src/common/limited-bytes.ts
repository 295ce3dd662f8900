const NOTHING = Buffer.alloc(0);

/**
 * Bytes that arrive in chunks, up to a limit. However small the chunks are, they take at most twice the memory of their
 * bytes.
 */
export class LimitedBytes {
  private kept: Buffer = NOTHING;
  private sizeBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Everything that was added, up to the limit. */
  get bytes(): Buffer {
    const { kept, sizeBytes } = this;
    return kept.byteLength === sizeBytes ? kept : kept.subarray(0, sizeBytes);
  }

  /**
   * @param piece must not be changed afterwards
   * @returns whether there is no more than the limit; anything beyond it is dropped
   */
  add(piece: Uint8Array): boolean {
    const roomBytes = this.maxBytes - this.sizeBytes;
    const isWithin = piece.byteLength <= roomBytes;
    const added = isWithin ? piece : piece.subarray(0, roomBytes);
    const sizeBytes = this.sizeBytes + added.byteLength;
    if (this.sizeBytes === 0) {
      this.kept = Buffer.from(added.buffer, added.byteOffset, added.byteLength); // usually the only one
    } else {
      if (sizeBytes > this.kept.byteLength) this.grow(sizeBytes);
      this.kept.set(added, this.sizeBytes);
    }
    this.sizeBytes = sizeBytes;
    return isWithin;
  }

  private grow(neededBytes: number): void {
    const { bytes } = this;
    const doubledBytes = Math.min(this.maxBytes, bytes.byteLength * 2);
    this.kept = Buffer.allocUnsafe(Math.max(neededBytes, doubledBytes));
    this.kept.set(bytes);
  }
}

/**
 * Reads a stream to its end, or until there is more than the limit; the stream is closed then.
 * @returns the bytes up to the limit, and whether these are all
 */
export async function readLimited(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const limited = new LimitedBytes(maxBytes);
  for await (const piece of source) {
    if (!limited.add(piece)) return { bytes: limited.bytes, isWhole: false };
  }
  return { bytes: limited.bytes, isWhole: true };
}
