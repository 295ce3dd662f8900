const NOTHING = new Uint8Array(0);

/**
 * Writes each piece with its length in four bytes before it, after `start`: different lists of pieces never result in
 * the same bytes.
 */
export function lengthPrefixedPieces(
  pieces: readonly (string | Uint8Array)[],
  start: Uint8Array = NOTHING,
): Buffer {
  let size = start.byteLength;
  for (const piece of pieces) size += 4 + Buffer.byteLength(piece);
  const bytes = Buffer.allocUnsafe(size);
  bytes.set(start, 0);
  let offset = start.byteLength;
  for (const piece of pieces) {
    const end =
      typeof piece === 'string'
        ? offset + 4 + bytes.write(piece, offset + 4, 'utf8')
        : offset + 4 + piece.byteLength;
    if (typeof piece !== 'string') bytes.set(piece, offset + 4);
    bytes.writeUInt32BE(end - offset - 4, offset);
    offset = end;
  }
  return bytes;
}
