/** CRC64-ECMA as OSS reports it in `x-oss-hash-crc64ecma`: the reflected polynomial, all ones before and after. */
export const POLYNOMIAL = 0xc96c_5795_d787_0f42n;

const SLICES = 8;
const { high: HIGH, low: LOW } = makeTables();

/** Whether typed arrays are little-endian, the byte order of the checksum. */
const WORDS_FIT = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * A CRC64 of data in pieces. It uses two 32-bit halves and eight bytes per step, read as two words: a BigInt per byte
 * would be a thousand times slower.
 */
export class Crc64 {
  private high = -1;
  private low = -1;

  update(chunk: Uint8Array): this {
    // Word arrays have to be aligned in memory.
    const aligned = Math.min(-chunk.byteOffset & 3, chunk.length);
    const rest = chunk.length - aligned;
    const stepBytes = WORDS_FIT ? rest - (rest % SLICES) : 0;
    this.takeBytes(chunk, 0, aligned);
    if (stepBytes > 0) {
      this.takeWords(new Int32Array(chunk.buffer, chunk.byteOffset + aligned, stepBytes / 4));
    }
    this.takeBytes(chunk, aligned + stepBytes, chunk.length);
    return this;
  }

  /** The checksum of everything so far; more may follow. */
  digest(): bigint {
    return (BigInt(~this.high >>> 0) << 32n) | BigInt(~this.low >>> 0);
  }

  private takeWords(words: Int32Array): void {
    let { high, low } = this;
    for (let index = 0; index < words.length; index += 2) {
      const a = low ^ words[index]!;
      const b = high ^ words[index + 1]!;
      const first = 1792 + (a & 255);
      const second = 1536 + ((a >>> 8) & 255);
      const third = 1280 + ((a >>> 16) & 255);
      const fourth = 1024 + (a >>> 24);
      const fifth = 768 + (b & 255);
      const sixth = 512 + ((b >>> 8) & 255);
      const seventh = 256 + ((b >>> 16) & 255);
      const eighth = b >>> 24;
      // prettier-ignore
      high = HIGH[first]! ^ HIGH[second]! ^ HIGH[third]! ^ HIGH[fourth]! ^
        HIGH[fifth]! ^ HIGH[sixth]! ^ HIGH[seventh]! ^ HIGH[eighth]!;
      // prettier-ignore
      low = LOW[first]! ^ LOW[second]! ^ LOW[third]! ^ LOW[fourth]! ^
        LOW[fifth]! ^ LOW[sixth]! ^ LOW[seventh]! ^ LOW[eighth]!;
    }
    this.high = high;
    this.low = low;
  }

  private takeBytes(bytes: Uint8Array, start: number, end: number): void {
    let { high, low } = this;
    for (let index = start; index < end; index += 1) {
      const slot = (low ^ bytes[index]!) & 255;
      low = ((low >>> 8) | (high << 24)) ^ LOW[slot]!;
      high = (high >>> 8) ^ HIGH[slot]!;
    }
    this.high = high;
    this.low = low;
  }
}

/** The CRC64 of one piece. */
export function crc64(data: Uint8Array): bigint {
  return new Crc64().update(data).digest();
}

/** Signed words, which the engine stores as small integers without a range check. */
function makeTables(): { high: Int32Array; low: Int32Array } {
  const tables: bigint[] = [];
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    tables.push(crc);
  }
  for (let index = 256; index < SLICES * 256; index += 1) {
    const previous = tables[index - 256] ?? 0n;
    tables.push((previous >> 8n) ^ (tables[Number(previous & 255n)] ?? 0n));
  }
  return {
    high: Int32Array.from(tables, (crc) => Number(BigInt.asIntN(32, crc >> 32n))),
    low: Int32Array.from(tables, (crc) => Number(BigInt.asIntN(32, crc))),
  };
}
