const LONGEST_HEAD = 'content-disposition:'.length;

/** Looks at the beginnings of a form's parts while it arrives. */
export class FormPartHeads {
  readonly #delimiter: string;
  /** What may be the beginning of a delimiter, or of the header after one. */
  #rest: Buffer = Buffer.alloc(0);

  /** @param contentType of the form, with its boundary */
  constructor(contentType: string) {
    const [, quoted, plain] = /boundary=(?:"([^"]*)"|([^\s;]*))/i.exec(contentType) ?? [];
    this.#delimiter = `--${quoted ?? plain ?? ''}\r\n`;
  }

  /**
   * Whether a part begins with its Content-Type. OSS wants the Content-Disposition first, where some libraries of .NET
   * write it second.
   */
  beginsWithType(chunk: Buffer): boolean {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (;;) {
      const start = bytes.indexOf(this.#delimiter, from);
      if (start === -1) break;
      const head = start + this.#delimiter.length;
      if (bytes.byteLength < head + LONGEST_HEAD) {
        this.#rest = bytes.subarray(start);
        return false;
      }
      if (/^content-type[ \t]*:/i.test(bytes.toString('latin1', head, head + LONGEST_HEAD))) {
        return true;
      }
      from = head;
    }
    this.#rest = bytes.subarray(Math.max(from, bytes.byteLength - this.#delimiter.length + 1));
    return false;
  }
}
