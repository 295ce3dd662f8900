import { quoted } from '../../common/log-text.js';
import {
  type SignatureCause,
  type SignatureCauseCode,
  withoutOrigin,
} from './signature-failure.js';

const PASS_ON = 'let the proxy pass the path on as it comes (nginx: "proxy_pass" without a URI)';

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
      explanation: `OSS signed the path ${quoted(signed)} as it arrived, and the option "publicPath" made ${quoted(checked)} of it`,
      fix: 'Leave publicPath out, or have it give that path back unchanged',
    };
  }
  if (!received.startsWith('/') && withoutOrigin(received) === signed) {
    return {
      code: 'absolute-form',
      explanation: `a proxy sent the complete URL ${quoted(received)} in the request line, OSS requested ${quoted(signed)}`,
      fix: 'Have the proxy send the path alone (origin-form), as servers behind a proxy expect',
    };
  }
  return findSmallChange(paths) ?? findPrefixChange(paths);
}

function findSmallChange({ checked, signed }: Paths): SignatureCause | undefined {
  const cause = (code: SignatureCauseCode, what: string, fix: string): SignatureCause => ({
    code,
    explanation: `OSS requested the path ${quoted(signed)}: ${what}`,
    fix,
  });
  if (`${checked}/` === signed) {
    const fix =
      'Set publicPath: (path) => `${path}/`, or write the callback URL without that slash';
    return cause('slash-removed', 'a proxy removed the slash at its end', fix);
  }
  if (checked === `${signed}/`) {
    const fix =
      "Set publicPath: (path) => path.replace(/\\/$/, ''), or write the callback URL with that slash";
    return cause('slash-added', 'a proxy added a slash at its end', fix);
  }
  if (signed.replace(/\/{2,}/g, '/') === checked) {
    const fix =
      'Write the callback URL with single slashes, or keep them (nginx: "merge_slashes off")';
    return cause('slashes-merged', 'a proxy merged its repeated slashes', fix);
  }
  if (signed.toLowerCase() === checked.toLowerCase()) {
    const fix = `Write the callback URL in the letters in which it arrives, or ${PASS_ON}`;
    return cause('letter-case-changed', 'a proxy changed its letters', fix);
  }
  const isDecoded =
    signed === checked.replaceAll('%', '%25') ||
    signed === Buffer.from(checked, 'latin1').toString('utf8');
  if (isDecoded) return cause('path-encoding-changed', 'a proxy decoded it', capitalised(PASS_ON));
  if (signed === checked.replaceAll('%25', '%')) {
    return cause(
      'path-encoding-changed',
      'a proxy percent-encoded it once more',
      capitalised(PASS_ON),
    );
  }
  return undefined;
}

function findPrefixChange({ received, checked, signed }: Paths): SignatureCause {
  const rest = signed === '/' ? received.replace(/^.*[^/]/, '') : sharedEnd(received, signed);
  const removed = signed === '/' ? '' : signed.slice(0, signed.length - rest.length);
  const added = received.slice(0, received.length - rest.length);
  const instead = checked === received ? '' : ' in place of the present one';
  const or = `${instead}, or ${PASS_ON}`;
  const start = `OSS requested the path ${quoted(signed)}`;
  if (signed !== '/' && (rest === '' || (rest === '/' && received !== '/'))) {
    return {
      code: 'path-rewritten',
      explanation: `${start}, and a proxy made ${quoted(received)} of it`,
      fix: `Set publicPath to a function that leads from the second to the first${or}`,
    };
  }
  if (added === '') {
    return {
      code: 'prefix-removed',
      explanation: `${start}: a proxy removed the prefix ${quoted(removed)}`,
      fix: `Set publicPath: { addPrefix: ${literal(removed)} }${or}`,
    };
  }
  if (removed === '') {
    return {
      code: 'prefix-added',
      explanation: `${start}: a proxy added the prefix ${quoted(added)}`,
      fix: `Set publicPath: { removePrefix: ${literal(added)} }${or}`,
    };
  }
  return {
    code: 'prefix-replaced',
    explanation: `${start}: a proxy replaced the prefix ${quoted(removed)} by ${quoted(added)}`,
    fix: `Set publicPath: { removePrefix: ${literal(added)}, addPrefix: ${literal(removed)} }${or}`,
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
function literal(text: string): string {
  return /^[\w/.~:@-]{1,200}$/.test(text) ? `'${text}'` : quoted(text);
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
