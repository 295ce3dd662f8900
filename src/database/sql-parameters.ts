/** The parameters of one statement. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** @returns the value's placeholder in the statement: `$1`, `$2`, … */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
