import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { type PublicKey, readPublicKey } from '../../callback/keys/public-key.js';
import { messageOf } from '../../common/error-text.js';
import { readLimited } from '../../common/limited-bytes.js';
import { checkPublicPath } from '../../options/checks/public-path.js';
import { type CliCommand, CliProblem, processOutput } from '../cli-command.js';
import { readCaptures } from './read-captures.js';
import { verifyCapture, type VerifySettings } from './verify-capture.js';
import { toJsonReport, writeTextReport } from './verify-report.js';

const OPTIONS = {
  'public-key': { type: 'string' },
  'public-path-add': { type: 'string' },
  'public-path-remove': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const MAX_FILE_BYTES = 16 * 1_048_576;

export const verifyCommand: CliCommand = {
  help: `oss-callback verify: verifies a captured callback offline, and explains why a signature is invalid

Usage: npx oss-callback verify [options] <file>

  <file>  a raw HTTP request (request line, headers, empty line, body), or JSON: one object or a list of
          { "method", "url", "headers", "body" }, or "bodyBase64" instead of "body"; - reads standard input

  --public-key <file>         a public key (PEM), instead of those that this package includes
  --public-path-add <path>    like the option publicPath: { addPrefix }
  --public-path-remove <path> like the option publicPath: { removePrefix }
  --json                      prints the result as JSON
  -h, --help                  prints this text

Exit codes: 0 verified, 1 not verified, 2 if an option is wrong or a file cannot be read.
A list is verified if all of its requests are. Tickets are not checked: only the app has their secret.
`,
  async run(args, output = processOutput) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    const [file, ...more] = positionals;
    if (file === undefined) throw new CliProblem('Name the file of the captured request.');
    if (more.length > 0) throw new CliProblem('Name only one file.');
    const settings: VerifySettings = {
      publicKey:
        values['public-key'] === undefined ? undefined : await readKey(values['public-key']),
      publicPath: readPublicPath(values['public-path-add'], values['public-path-remove']),
    };
    const checks = readCaptures(await readBytes(file)).map((capture) => ({
      capture,
      result: verifyCapture(capture, settings),
    }));
    const verified = checks.every(({ result }) => result.verified);
    const report = values.json
      ? JSON.stringify({ verified, requests: checks.map(toJsonReport) }, null, 2)
      : checks.map(writeTextReport).join('\n\n');
    output.write(`${report}\n`);
    return verified ? 0 : 1;
  },
};

async function readBytes(file: string): Promise<Buffer> {
  const source = file === '-' ? process.stdin : createReadStream(file);
  const { bytes, isWhole } = await readLimited(source, MAX_FILE_BYTES).catch((error: unknown) => {
    throw new CliProblem(`${file} cannot be read: ${messageOf(error)}.`);
  });
  if (isWhole) return bytes;
  throw new CliProblem(`${file} has more than ${MAX_FILE_BYTES} bytes.`);
}

async function readKey(file: string): Promise<PublicKey> {
  const text = (await readBytes(file)).toString('utf8');
  try {
    if (/BEGIN (RSA )?PUBLIC KEY/.test(text)) return readPublicKey(text);
  } catch {
    // reported below
  }
  throw new CliProblem(`--public-key ${file} is not a public RSA key in PEM form.`);
}

function readPublicPath(
  addPrefix: string | undefined,
  removePrefix: string | undefined,
): VerifySettings['publicPath'] {
  const checked = checkPublicPath({ addPrefix, removePrefix });
  if (checked.ok) return checked.value;
  const problems = checked.mistakes.map(
    ({ option, problem }) =>
      `${option === 'publicPath.addPrefix' ? '--public-path-add' : '--public-path-remove'} ${problem}`,
  );
  throw new CliProblem(problems.join('\n'));
}
