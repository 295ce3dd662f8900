/** In text, the byte 0xNN that is not part of any UTF-8 is the lone surrogate U+DCNN, as in Python's `surrogateescape`. */
const RAW = /([\udc80-\udcff])/u;

/** Text for bytes that need not be UTF-8. {@link bytesOfText} gives the same bytes back. */
export function textOfBytes(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1').replace(/[\u0080-\u00ff]/g, (byte) => {
      return String.fromCharCode(0xdc00 + byte.charCodeAt(0));
    });
  }
}

/** The bytes of a text, as UTF-8 but for those that came as other bytes. */
export function bytesOfText(text: string): Buffer {
  if (!RAW.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat(
    text
      .split(RAW)
      .map((part) =>
        RAW.test(part) ? Buffer.from([part.charCodeAt(0) - 0xdc00]) : Buffer.from(part, 'utf8'),
      ),
  );
}
