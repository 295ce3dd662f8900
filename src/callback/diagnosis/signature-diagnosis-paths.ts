import { type LogText, logText, quotedUrl, unquoted } from '../../common/log-text.js';
import {
  type SignatureCause,
  type SignatureCauseCode,
  withoutOrigin,
} from './signature-failure.js';

const PASS_ON = logText`the proxy forward the path unchanged (nginx: "proxy_pass" without a URI)`;

interface Paths {
  /** As this process got it. */
  received: string;
  /** After the option `publicPath`. */
  checked: string;
  /** As OSS signed it. */
  signed: string;
}

/** Why a path is another than the one that OSS signed, and which setting leads back; `undefined` where it is the same. */
export function findPathCause(paths: Paths): SignatureCause | undefined {
  const { received, checked, signed } = paths;
  if (checked === signed) return undefined;
  if (received === signed) {
    return {
      code: 'public-path-wrong',
      explanation: logText`OSS signed the path ${quotedUrl(signed)} as it arrived, and the option "publicPath" turned it into ${quotedUrl(checked)}`,
      fix: logText`Remove publicPath, or have it return that path unchanged`,
    };
  }
  if (!received.startsWith('/') && withoutOrigin(received) === signed) {
    return {
      code: 'absolute-form',
      explanation: logText`a proxy sent the complete URL ${quotedUrl(received)} in the request line, OSS requested ${quotedUrl(signed)}`,
      fix: logText`Have the proxy send only the path (origin-form), as servers behind a proxy expect`,
    };
  }
  return findSmallChange(paths) ?? findPrefixChange(paths);
}

function findSmallChange({ checked, signed }: Paths): SignatureCause | undefined {
  const cause = (code: SignatureCauseCode, what: LogText, fix: LogText): SignatureCause => ({
    code,
    explanation: logText`OSS requested the path ${quotedUrl(signed)}: ${what}`,
    fix,
  });
  if (`${checked}/` === signed) {
    const fix = logText`Set publicPath: (path) => \`\${path}/\`, or write the callback URL without that slash`;
    return cause('slash-removed', logText`a proxy removed its trailing slash`, fix);
  }
  if (checked === `${signed}/`) {
    const fix = logText`Set publicPath: (path) => path.replace(/\\/$/, ''), or write the callback URL with that slash`;
    return cause('slash-added', logText`a proxy added a trailing slash`, fix);
  }
  if (signed.replace(/\/{2,}/g, '/') === checked) {
    const fix = logText`Write the callback URL with single slashes, or keep them (nginx: "merge_slashes off")`;
    return cause('slashes-merged', logText`a proxy merged its repeated slashes`, fix);
  }
  if (signed.toLowerCase() === checked.toLowerCase()) {
    const fix = logText`Write the callback URL in the case in which it arrives, or let ${PASS_ON}`;
    return cause('letter-case-changed', logText`a proxy changed its letter case`, fix);
  }
  const isDecoded =
    signed === checked.replaceAll('%', '%25') ||
    signed === Buffer.from(checked, 'latin1').toString('utf8');
  if (isDecoded)
    return cause('path-encoding-changed', logText`a proxy decoded it`, logText`Let ${PASS_ON}`);
  if (signed === checked.replaceAll('%25', '%')) {
    return cause(
      'path-encoding-changed',
      logText`a proxy percent-encoded it again`,
      logText`Let ${PASS_ON}`,
    );
  }
  return undefined;
}

function findPrefixChange({ received, checked, signed }: Paths): SignatureCause {
  const rest = signed === '/' ? received.replace(/^.*[^/]/, '') : sharedEnd(received, signed);
  const removed = signed === '/' ? '' : signed.slice(0, signed.length - rest.length);
  const added = received.slice(0, received.length - rest.length);
  const instead = checked === received ? logText`` : logText` in place of the present one`;
  const or = logText`${instead}, or let ${PASS_ON}`;
  const start = logText`OSS requested the path ${quotedUrl(signed)}`;
  if (signed !== '/' && (rest === '' || (rest === '/' && received !== '/'))) {
    return {
      code: 'path-rewritten',
      explanation: logText`${start}, and a proxy turned it into ${quotedUrl(received)}`,
      fix: logText`Set publicPath to a function that maps the second to the first${or}`,
    };
  }
  if (added === '') {
    return {
      code: 'prefix-removed',
      explanation: logText`${start}: a proxy removed the prefix ${quotedUrl(removed)}`,
      fix: logText`Set publicPath: { addPrefix: ${literal(removed)} }${or}`,
    };
  }
  if (removed === '') {
    return {
      code: 'prefix-added',
      explanation: logText`${start}: a proxy added the prefix ${quotedUrl(added)}`,
      fix: logText`Set publicPath: { removePrefix: ${literal(added)} }${or}`,
    };
  }
  return {
    code: 'prefix-replaced',
    explanation: logText`${start}: a proxy replaced the prefix ${quotedUrl(removed)} with ${quotedUrl(added)}`,
    fix: logText`Set publicPath: { removePrefix: ${literal(added)}, addPrefix: ${literal(removed)} }${or}`,
  };
}

/** The whole segments, from a slash on, with which both paths end. */
function sharedEnd(one: string, other: string): string {
  let length = 0;
  const shortest = Math.min(one.length, other.length);
  while (length < shortest && one.at(-1 - length) === other.at(-1 - length)) length += 1;
  const shared = one.slice(one.length - length);
  const start = shared.indexOf('/');
  return start === -1 ? '' : shared.slice(start);
}

/** As it can be copied into code. */
function literal(text: string): LogText {
  return /^[\w/.~:@-]{1,200}$/.test(text) ? logText`'${unquoted(text)}'` : quotedUrl(text);
}
