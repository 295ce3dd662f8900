import { ConsoleLogger } from '@nestjs/common';

/** A logger that keeps warnings and errors. */
export class LogLines extends ConsoleLogger {
  readonly lines: string[] = [];
  override log(): void {}
  override warn(line: unknown): void {
    this.lines.push(String(line));
  }
  override error(line: unknown): void {
    this.lines.push(String(line));
  }
}
