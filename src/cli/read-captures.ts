import type { CapturedRequest } from './captured-request.js';
import { CliProblem } from './cli-command.js';
import { readJsonCapture } from './json-capture.js';
import { readRawCapture } from './raw-capture.js';

/**
 * Reads what a file holds: a raw HTTP request, or one or several as JSON.
 * @throws CliProblem where it is neither
 */
export function readCaptures(bytes: Buffer): CapturedRequest[] {
  const content = bytes.subarray(bytes.indexOf('\ufeff') === 0 ? 3 : 0);
  const start = content.subarray(0, 1_024).toString('latin1').trimStart();
  if (start === '') throw new CliProblem('The capture is empty.');
  return start.startsWith('{') || start.startsWith('[')
    ? readJsonCapture(content.toString('utf8'))
    : [readRawCapture(content)];
}
