import { quoted } from '../../common/log-text.js';
import type { BodyArrival, SignatureDiagnosis } from './signature-diagnosis.js';

/** A diagnosis as whole sentences without the last full stop, values of the request quoted. */
export function describeDiagnosis(diagnosis: SignatureDiagnosis): string {
  if (diagnosis.found === 'request') {
    return diagnosis.causes.map(({ explanation, fix }) => `${explanation}. ${fix}`).join('. ');
  }
  if (diagnosis.found === 'key') {
    return `the key that the request names did not make this signature, ${quoted(diagnosis.key)} did. ${KEY_FIX}`;
  }
  if (diagnosis.found === 'no-key') {
    return 'the key that the request names did not make this signature, over whatever bytes: it is forged, or cut, or of a key that is not known here';
  }
  const { variantsTried, limitedBy, bodyArrival } = diagnosis;
  const tried =
    limitedBy === 'size'
      ? 'its body is too large to look for that'
      : `${variantsTried} variants of path, query and body do not fit it either${limitedBy ? ', and the time was over' : ''}`;
  return `OSS made this signature, but for another request: ${tried}. ${ARRIVAL[bodyArrival]}`;
}

const KEY_FIX =
  'Look at the option "localOss": a local OSS has a key of its own, a new one after each start unless it keeps its data';

const ARRIVAL: Record<BodyArrival, string> = {
  'as-sent':
    'By its Content-MD5 the body is as OSS sent it, so look at path and query: compare the callback URL of the upload with the path that was checked, and set publicPath where a proxy changes it',
  altered:
    'By its Content-MD5 the body was changed on its way: have whatever stands before the app (API gateway, WAF, middleware) pass its bytes on as they come',
  unknown:
    'Compare the callback URL of the upload with the path that was checked, set publicPath where a proxy changes it, and have the body passed on byte for byte',
};
