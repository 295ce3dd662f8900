/** CRC64-ECMA as OSS reports it in `x-oss-hash-crc64ecma`: the reflected polynomial, all ones before and after. */
export const POLYNOMIAL = 0xc96c_5795_d787_0f42n;

const SLICES = 8;
const { high: HIGH, low: LOW } = makeTables();

/**
 * A CRC64 that takes its data in pieces. Two 32-bit halves and eight bytes per step, because a BigInt per byte
 * would be a hundred times slower.
 */
export class Crc64 {
  private high = 0xffff_ffff;
  private low = 0xffff_ffff;

  update(chunk: Uint8Array): this {
    let high = this.high;
    let low = this.low;
    let index = 0;
    const end = chunk.length;
    for (; index + SLICES <= end; index += SLICES) {
      const a = low ^ word(chunk, index);
      const b = high ^ word(chunk, index + 4);
      const slots = [
        1792 + (a & 255),
        1536 + ((a >>> 8) & 255),
        1280 + ((a >>> 16) & 255),
        1024 + (a >>> 24),
        768 + (b & 255),
        512 + ((b >>> 8) & 255),
        256 + ((b >>> 16) & 255),
        b >>> 24,
      ] as const;
      high = at(HIGH, slots);
      low = at(LOW, slots);
    }
    for (; index < end; index += 1) {
      const slot = (low ^ (chunk[index] ?? 0)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[slot] ?? 0);
      high = (high >>> 8) ^ (HIGH[slot] ?? 0);
    }
    this.high = high;
    this.low = low;
    return this;
  }

  /** The checksum of everything so far; more may follow. */
  digest(): bigint {
    return (BigInt(~this.high >>> 0) << 32n) | BigInt(~this.low >>> 0);
  }
}

/** The CRC64 of bytes that are all there. */
export function crc64(data: Uint8Array): bigint {
  return new Crc64().update(data).digest();
}

type Slots = readonly [number, number, number, number, number, number, number, number];

function at(table: Uint32Array, slots: Slots): number {
  return (
    (table[slots[0]] ?? 0) ^
    (table[slots[1]] ?? 0) ^
    (table[slots[2]] ?? 0) ^
    (table[slots[3]] ?? 0) ^
    (table[slots[4]] ?? 0) ^
    (table[slots[5]] ?? 0) ^
    (table[slots[6]] ?? 0) ^
    (table[slots[7]] ?? 0)
  );
}

function word(bytes: Uint8Array, index: number): number {
  return (
    (bytes[index] ?? 0) |
    ((bytes[index + 1] ?? 0) << 8) |
    ((bytes[index + 2] ?? 0) << 16) |
    ((bytes[index + 3] ?? 0) << 24)
  );
}

function makeTables(): { high: Uint32Array; low: Uint32Array } {
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
    high: Uint32Array.from(tables, (crc) => Number(crc >> 32n)),
    low: Uint32Array.from(tables, (crc) => Number(crc & 0xffff_ffffn)),
  };
}
