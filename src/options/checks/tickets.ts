import { type Checked, combine, combineAll, mistaken, valid } from './checked.js';
import { SAMPLE_VALUE } from './credentials.js';
import type { TicketOptions } from '../options.js';
import { boolean, integer } from './values.js';

const MIN_SECRET_BYTES = 32;
const ADVICE = 'Make one with: openssl rand -base64 32';

export function checkTickets(tickets: TicketOptions | undefined): Checked<Required<TicketOptions>> {
  const { secrets, required, acceptForSeconds } = tickets ?? ({} as Partial<TicketOptions>);
  return combine({
    secrets: checkSecrets(secrets),
    required: boolean('tickets.required', required, true),
    acceptForSeconds: integer('tickets.acceptForSeconds', acceptForSeconds, 86_400, [
      60,
      30 * 86_400,
    ]),
  });
}

/** The mistakes never contain a secret. */
function checkSecrets(secrets: unknown): Checked<string[]> {
  const option = 'tickets.secrets';
  return Array.isArray(secrets) && secrets.length > 0
    ? combineAll(
        (secrets as unknown[]).map((secret, index) => checkSecret(`${option}[${index}]`, secret)),
      )
    : mistaken(option, `is missing. ${ADVICE}`);
}

function checkSecret(option: string, secret: unknown): Checked<string> {
  if (typeof secret !== 'string' || Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    return mistaken(option, `is shorter than ${MIN_SECRET_BYTES} bytes. ${ADVICE}`);
  }
  return SAMPLE_VALUE.test(secret) || new Set(secret).size < 8
    ? mistaken(option, `is a placeholder. ${ADVICE}`)
    : valid(secret);
}
